/* SPDX-License-Identifier: MIT */
/*
 * technique.h - the contract between the core and a way to get messages to a
 * browser.
 *
 * A technique is one file in fcgi/ that defines `const struct technique
 * technique`. It turns messages into bytes, and bytes into drafts; it does no
 * I/O, keeps no state, and is not told for whom it writes: what it gets is
 * the form, so one reader's bytes may be sent to every reader of that form.
 *
 * Bytes are written to `out`; a buffer that turns bad is the core's concern.
 * A callback that a technique has no use for is NULL.
 *
 * How to add one: doc/adding-a-technique.md
 */
#ifndef SHARED_TECHNIQUE_H
#define SHARED_TECHNIQUE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/attributes.h"
#include "shared/batch.h"
#include "shared/buf.h"
#include "shared/form.h"
#include "shared/message.h"
#include "shared/problem.h"
#include "shared/query.h"

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

struct technique {
	const char *name; /* = file, program, URL, log tag, test, doc page */
	enum hold hold;
	bool publishes;	     /* takes messages (POST) instead of giving them */
	unsigned int takes;  /* of enum form_parameter */
	bool needs_callback; /* a request without one is refused */
	bool newest;	     /* reads the last N of one channel, not what
			      * follows a cursor */
	bool validates; /* an answer has an ETag: its cursor, and how many it
			   says */
	const char *nothing; /* 404: what is said when there is no message;
			      * NULL: that is an answer like any other */

	/* The header lines of an answer that is no error, each with CRLF, among
	 * them Content-Type. */
	void (*head)(const struct form *form, struct buf *out);

	/* An error's Content-Type and body, where a problem (problem.h) would
	 * not be understood. */
	const char *error_type;
	void (*error)(const struct problem *p, struct buf *out);

	/* Streams. The bytes of a message are message(), the same for all, then
	 * tail(), which holds the cursor; they are sent as one. */
	void (*open)(const struct form *form, struct buf *out);
	void (*cursor)(const struct form *form, struct text cursor,
		       struct buf *out); /* where a reader without one starts */
	void (*message)(const struct form *form, const struct message *m,
			struct buf *out);
	void (*tail)(const struct form *form, struct text cursor,
		     struct buf *out);
	void (*gap)(const struct form *form, const struct gap *g,
		    struct text cursor, struct buf *out);
	void (*beat)(const struct form *form, struct buf *out);
	void (*close)(const struct form *form, unsigned int retry_ms,
		      struct buf *out); /* come back after retry_ms */

	/* The others: the whole body of the answer. */
	void (*answer)(const struct form *form, const struct batch *batch,
		       struct buf *out);

	/* Publishing. input: a body to a draft that points into it; false:
	 * refused, `p` is filled. published: the body of the answer; returns
	 * its status. */
	bool (*input)(struct body *body, struct draft *draft,
		      struct problem *p);
	unsigned int (*published)(const struct draft *draft,
				  const struct published *result,
				  struct buf *out);

	/* The program called by this name is a command instead of a responder;
	 * returns its exit status. Not part of the technique's bytes. */
	const char *command_name;
	int (*command)(int argc, char **argv);
};

/* The one this program is made of. */
extern const struct technique technique;

#endif
