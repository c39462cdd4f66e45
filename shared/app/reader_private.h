/* SPDX-License-Identifier: MIT */
/*
 * reader_private.h - what the files of reader.h share: reader.c (its life and
 * its time), reader_catching.c (until it is live), reader_say.c (its bytes),
 * reader_talk.c (what its client says), reader_channels.c (its channels
 * change).
 */
#ifndef SHARED_APP_READER_PRIVATE_H
#define SHARED_APP_READER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/hub/catch_up.h"
#include "shared/app/reader.h"
#include "shared/technique.h"

enum {
	READER_CLIENT_SIZE = 46,     /* INET6_ADDRSTRLEN */
	READER_TEXT_MAX = 64 * 1024, /* of what is neither message nor answer */
	READER_BYTES_MAX = 64 * 1024 * 1024,
	READER_RETRY_AFTER = 2 /* s */
};

struct reader {
	struct member member; /* first: the group knows it by this */
	struct readers *all;
	struct wheel_timer timer;
	struct catching *catching; /* NULL once it is live */
	struct talking *talking;   /* NULL: its client does not talk back */
	uint64_t end_at; /* wheel_ms() when its time is up; 0: never */
	bool counted;	 /* it is one of all->held */
	char client[READER_CLIENT_SIZE];
};

/* What only a reader that catches up needs. */
struct catching {
	struct catch_up catch_up; /* first */
	bool hold;		  /* there is room to hold it after that */
	bool cursor_unreadable;
	bool say_cursor; /* also when no place of it is new */
	bool cursor_said;
	bool head_only;	     /* HEAD */
	char *if_none_match; /* or NULL */
	unsigned int wait_s;
	/* for an answer that ends it */
	struct batch_item
	    *items; /* a message's is a reference; a gap's a copy */
	size_t count, room;
	size_t bytes; /* of their data */
};

/* --- reader.c: each of the first four frees it --- */

void reader_end(struct reader *r);			     /* all is said */
void reader_cut(struct reader *r, enum close_reason reason); /* a stream */
void reader_finish(struct reader *r); /* a stream that is not held */
void reader_free(struct reader *r);   /* its link has ended, or is gone */
void reader_set_timer(struct reader *r, uint64_t ms);

/* --- reader_catching.c --- */

/* False: no memory. */
bool reader_start_catching(struct reader *r,
			   const struct params *params) MUST_USE;

/* Goes on as far as it can; may free the reader. */
void reader_step(struct reader *r);
void reader_free_catching(struct reader *r);

/* --- reader_say.c --- */

const struct format *reader_format(const struct reader *r);

/* The chain everything is sent with, empty. */
struct chain *reader_scratch(struct reader *r);

/* Where the reader stands, written to `out`. */
struct text reader_cursor(const struct reader *r, struct buf *out);

/* Each answers and frees it. `retry_after` in s, 0 for none. */
void reader_answer(struct reader *r, unsigned int retry_after);
void reader_refuse_redis_away(struct reader *r);

/* Streams. */
void reader_say_open(struct reader *r, const char *line);
void reader_say_cursor(struct reader *r);
void reader_say_beat(struct reader *r);
void reader_say_close(struct reader *r, enum close_reason reason,
		      bool ends); /* as answers end */
void reader_say_told(struct reader *r, const struct outcome *o);

/* Sends what is in it, and frees it. */
void reader_send(struct reader *r, struct buf *bytes, enum link_send kind);

/* --- reader_talk.c --- */

/* What is known of a client that talks back. */
struct talking {
	void *state;		 /* the technique's */
	unsigned int unanswered; /* beats, since something was heard */
	unsigned int unfinished; /* beats, in which a message did not end */
	uint64_t second;	 /* in which these two came */
	unsigned int frames;
	size_t bytes; /* of texts */
	bool may_publish;
	bool moved; /* its channels are others than when this read began */
	bool lost;  /* memory ran out */
	struct saying *sayings;	    /* on their way to Redis */
	struct changing *changings; /* channels are others, but not followed
				     * yet; oldest first */
};

/* False: no memory. */
bool reader_start_talking(struct reader *r,
			  const struct params *params) MUST_USE;
void reader_free_talking(struct reader *r);

/* A beat is due. False: the client is gone, or does not go on, and was let
 * go. */
bool reader_check_client(struct reader *r) MUST_USE;

/* --- reader_channels.c --- */

/* Does what the command wants, of SUBSCRIBE and UNSUBSCRIBE; or sets
 * talking->lost. False: refused, `p` is filled. */
bool reader_change_channels(struct reader *r, const struct command *command,
			    struct problem *p) MUST_USE;

/* It follows the channels it asked for: that is told. */
void reader_tell_changes(struct reader *r);
void reader_forget_changes(struct talking *t);

#endif
