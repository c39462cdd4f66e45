/* SPDX-License-Identifier: MIT */
/*
 * subscriber_private.h - what the files of subscriber.h share: subscriber.c
 * (its life and its time), subscriber_catching.c (until it is live),
 * subscriber_say.c (its bytes), subscriber_talk.c (what its client says),
 * subscriber_channels.c (its channels change).
 */
#ifndef SHARED_APP_SUBSCRIBER_PRIVATE_H
#define SHARED_APP_SUBSCRIBER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/app/subscriber.h"
#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/hub/catch_up.h"
#include "shared/technique.h"

enum {
	SUBSCRIBER_CLIENT_SIZE = 46, /* INET6_ADDRSTRLEN */
	SUBSCRIBER_TEXT_MAX =
	    64 * 1024, /* of what is neither message nor answer */
	SUBSCRIBER_BYTES_MAX = 64 * 1024 * 1024,
	SUBSCRIBER_RETRY_AFTER = 2 /* s */
};

struct subscriber {
	struct member member; /* first: the fanout knows it by this */
	struct subscribers *all;
	struct wheel_timer timer;
	struct catching *catching; /* NULL once it is live */
	struct talking *talking;   /* NULL: its client does not talk back */
	uint64_t end_at; /* clock_ms() when its time is up; 0: never */
	bool counted;	 /* it is one of all->held */
	char client[SUBSCRIBER_CLIENT_SIZE];
};

/* What only a subscriber that catches up needs. */
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

/* --- subscriber.c: each of the first four frees it --- */

void subscriber_end(struct subscriber *r); /* all is said */
void subscriber_cut(struct subscriber *r,
		    enum close_reason reason); /* a stream */
void subscriber_finish(struct subscriber *r);  /* a stream that is not held */
void subscriber_free(struct subscriber *r); /* its conn has ended, or is gone */
void subscriber_set_timer(struct subscriber *r, uint64_t ms);

/* --- subscriber_catching.c --- */

/* False: no memory. */
bool subscriber_start_catching(struct subscriber *r,
			       const struct params *params) MUST_USE;

/* Goes on as far as it can; may free the subscriber. */
void subscriber_step(struct subscriber *r);
void subscriber_free_catching(struct subscriber *r);

/* --- subscriber_say.c --- */

const struct format *subscriber_format(const struct subscriber *r);

/* The chain everything is sent with, empty. */
struct chain *subscriber_scratch(struct subscriber *r);

/* Where the subscriber stands, written to `out`. */
struct text subscriber_cursor(const struct subscriber *r, struct buf *out);

/* Each answers and frees it. `retry_after` in s, 0 for none. */
void subscriber_response(struct subscriber *r, unsigned int retry_after);
void subscriber_refuse_redis_down(struct subscriber *r);

/* Streams. */
void subscriber_say_open(struct subscriber *r, const char *line);
void subscriber_say_cursor(struct subscriber *r);
void subscriber_say_heartbeat(struct subscriber *r);
void subscriber_say_close(struct subscriber *r, enum close_reason reason,
			  bool ends); /* as answers end */
void subscriber_say_reply(struct subscriber *r, const struct reply *o);

/* Sends what is in it, and frees it. */
void subscriber_send(struct subscriber *r, struct buf *bytes,
		     enum conn_send kind);

/* --- subscriber_talk.c --- */

/* What is known of a client that talks back. */
struct talking {
	void *state;		 /* the technique's */
	unsigned int unanswered; /* heartbeats, since something was heard */
	unsigned int
	    unfinished;	 /* heartbeats, in which a message did not end */
	uint64_t second; /* in which these two came */
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
bool subscriber_start_talking(struct subscriber *r,
			      const struct params *params) MUST_USE;
void subscriber_free_talking(struct subscriber *r);

/* A heartbeat is due. False: the client is gone, or does not go on, and was let
 * go. */
bool subscriber_check_client(struct subscriber *r) MUST_USE;

/* --- subscriber_channels.c --- */

/* Does what the command wants, of SUBSCRIBE and UNSUBSCRIBE; or sets
 * talking->lost. False: refused, `p` is filled. */
bool subscriber_change_channels(struct subscriber *r,
				const struct command *command,
				struct problem *p) MUST_USE;

/* It follows the channels it asked for: that is told. */
void subscriber_tell_changes(struct subscriber *r);
void subscriber_forget_changes(struct talking *t);

#endif
