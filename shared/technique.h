/* SPDX-License-Identifier: MIT */
/*
 * technique.h - the contract between the core and a way to get messages to a
 * browser.
 *
 * A technique is one file in fcgi/ that defines `const struct technique
 * technique`. It turns messages into bytes, and bytes into publications; it
 * does no I/O, keeps no state but what hear() is given, and is not told for
 * whom it writes: what it gets is the format, so one subscriber's bytes may be
 * sent to every subscriber of that form.
 *
 * Bytes are written to `out`; a buffer that turns bad is the core's concern.
 * A callback that a technique has no use for is NULL. Two are given more than
 * the format: upgrade() the request it agrees to, hear() what one client sends.
 *
 * How to add one: doc/adding-a-technique.md
 */
#ifndef SHARED_TECHNIQUE_H
#define SHARED_TECHNIQUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/conf/conf.h"
#include "shared/model/batch.h"
#include "shared/model/command.h"
#include "shared/model/format.h"
#include "shared/model/message.h"
#include "shared/model/problem.h"
#include "shared/wire/request.h"

enum hold {
	HOLD_NONE,  /* answers at once */
	HOLD_ONCE,  /* waits for something to say, says it, ends */
	HOLD_STREAM /* says what there is to say until one side leaves */
};

/* A request's body and what its sender calls it. `bytes` may be written to
 * (decoded in place) and has room for a NUL at bytes[len]. */
struct body {
	const char *content_type; /* "" when there is none */
	char *bytes;
	size_t len;
};

/* Why a stream is closed. */
enum close_reason {
	CLOSE_AGAIN,	 /* the process ends, or the stream is old: come back */
	CLOSE_LATER,	 /* there is no room to hold it, or Redis is away */
	CLOSE_UNFINISHED /* the client began to send something and did not go
			  * on */
};

enum { TECHNIQUE_LINE_SIZE = 64 };

/* What a client sends, as it is read. */
struct hearing {
	const struct format *format;
	size_t max;	 /* bytes of a message */
	struct buf *out; /* what is to be sent back at once */
	/* A frame begins. False: there are too many, hear no more. */
	bool (*frame)(void *arg);
	/* A text of `len` bytes came whole. False: more than may be read. */
	bool (*text)(void *arg, size_t len);
	/* It wants something; or what it wants is refused, then `p` is not
	 * NULL and of the command only `ref` is good. */
	void (*command)(void *arg, const struct command *command,
			const struct problem *p);
	void *arg;
	const char *fault; /* why it is over: the rule that was broken, static;
			    * NULL: the client closed */
};

struct technique {
	const char *name; /* = file, program, URL, log tag, test, doc page */
	enum hold hold;
	bool publishes;	     /* takes messages (POST) instead of giving them */
	unsigned int takes;  /* of enum format_parameter */
	bool needs_callback; /* a request without one is refused */
	bool newest;	     /* reads the last N of one channel, not what
			      * follows a cursor */
	bool validates; /* an answer has an ETag: its cursor, and how many it
			   says */
	const char *nothing; /* 404: what is said when there is no message;
			      * NULL: that is an answer like any other */

	/* The request must params for another protocol, and the answer is 101:
	 * what of it changes bytes is put into `form`, and a header line of
	 * this answer alone, with CRLF, into `line`. False: refused, `p` is
	 * filled. */
	bool (*upgrade)(const struct request *r, const struct conf *conf,
			struct format *format, char line[TECHNIQUE_LINE_SIZE],
			struct problem *p);

	/* The header lines of an answer that is no error, each with CRLF, among
	 * them Content-Type. */
	void (*head)(const struct format *format, struct buf *out);

	/* An error's Content-Type and body, where a problem (problem.h) would
	 * not be understood. */
	const char *error_type;
	void (*error)(const struct problem *p, struct buf *out);

	/* Streams. The bytes of a message are message(), the same for all, then
	 * suffix(), which holds the cursor; they are sent as one. */
	void (*open)(const struct format *format, struct buf *out);
	void (*cursor)(
	    const struct format *format, struct text cursor,
	    struct buf *out); /* where a subscriber without one starts */
	void (*message)(const struct format *format, const struct message *m,
			struct buf *out);
	void (*suffix)(const struct format *format, const struct message *m,
		       struct text cursor, struct buf *out);
	void (*gap)(const struct format *format, const struct gap *g,
		    struct text cursor, struct buf *out);
	void (*heartbeat)(const struct format *format, struct buf *out);
	void (*close)(const struct format *format, enum close_reason reason,
		      unsigned int retry_ms,
		      struct buf *out); /* come back after retry_ms */

	/* Streams whose client talks back. hear: what it sends, as it comes;
	 * `*state` is what is under way, NULL at first, freed by forget().
	 * False: the client has ended it, or must be let go. reply: what became
	 * of an command. */
	bool (*hear)(struct hearing *h, void **state, const uint8_t *bytes,
		     size_t len);
	void (*forget)(void *state);
	void (*stop)(void); /* the process ends: what is kept is freed */
	void (*reply)(const struct format *format, const struct reply *reply,
		      struct buf *out);

	/* The others: the whole body of the answer. */
	void (*response)(const struct format *format, const struct batch *batch,
			 struct buf *out);

	/* Publishing. input: a body to a publication that points into it;
	 * false: refused, `p` is filled. published: the body of the answer;
	 * returns its status. */
	bool (*input)(struct body *body, struct publication *publication,
		      struct problem *p);
	unsigned int (*published)(const struct publication *publication,
				  const struct publish_result *result,
				  struct buf *out);
};

/* The one this program is made of. */
extern const struct technique technique;

#endif
