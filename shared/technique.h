/* SPDX-License-Identifier: MIT */
/*
 * technique.h - the contract between the core and a way to get messages to a
 * browser.
 *
 * A technique is one file in fcgi/ that defines `const struct technique
 * technique_NAME` and fills the groups of functions it supports. It turns
 * messages into bytes, and a client's bytes into commands and publications. It
 * does no I/O and keeps no state. A formatting function gets the format and
 * never the request, so its bytes can be sent to every subscriber of that
 * format.
 *
 * Bytes are written to `out`; a buffer that turns bad is the core's concern.
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
#include "shared/model/end.h"
#include "shared/model/format.h"
#include "shared/model/gap.h"
#include "shared/model/message.h"
#include "shared/model/presence.h"
#include "shared/model/problem.h"
#include "shared/model/publication.h"
#include "shared/status/status.h"
#include "shared/wire/request.h"

/* The body of a request. `bytes` may be changed (decoded in place) and has room
 * for a NUL at bytes[len]. */
struct body {
	const char *content_type; /* "" when there is none */
	char *bytes;
	size_t len;
};

/* Why a stream is closed. The client may reconnect in any case. */
enum close_reason {
	CLOSE_AGAIN,	  /* the process ends, or the stream is old */
	CLOSE_LATER,	  /* no room to hold it, or Redis is down */
	CLOSE_EXPIRED,	  /* its right to the channels */
	CLOSE_KICKED,	  /* by an administrator */
	CLOSE_UNFINISHED, /* the client began a message and did not finish it */
	CLOSE_CHURN	  /* the client changed its channels too often */
};

enum { TECHNIQUE_LINE_SIZE = 64 };

/* What is kept of a duplex client between reads. */
struct duplex_client {
	void *partial; /* the technique's: an unfinished message. NULL: none */
	/* How much it may still send this second; counted down by next(). */
	unsigned int frames_left;
	size_t bytes_left; /* of texts: as they arrive, and what they become
			    * longer by inflating */
};

/* Bytes that a duplex client sent. */
struct duplex_read {
	const struct format *format;
	size_t text_max;	 /* bytes of a text, the same for each read */
	const uint8_t *at, *end; /* not used yet */
	struct buf *out;   /* sent when the read is done: pongs, a close */
	const char *fault; /* DUPLEX_FAULT: the broken rule, for the log */
};

enum duplex_event {
	DUPLEX_MORE, /* all bytes are used */
	DUPLEX_COMMAND,
	DUPLEX_REFUSED, /* a command that is invalid: `p` says why */
	DUPLEX_END,	/* the client ended it */
	DUPLEX_FAULT	/* the client broke a rule and must be disconnected */
};

/*
 * A response that goes on until one side ends it. The bytes of a message are
 * message(), the same for all subscribers of one format, followed by suffix(),
 * which holds the cursor.
 */
struct technique_stream {
	/* A browser shows it as a page, which may load and link to others. */
	bool is_page;
	/* First bytes of the body: some servers send the headers only with
	 * them. May be NULL. */
	void (*open)(const struct format *format, struct buf *out);
	/* Where a subscriber that sent no cursor starts. */
	void (*cursor)(const struct format *format, struct text cursor,
		       struct buf *out);
	void (*message)(const struct format *format, const struct message *m,
			struct buf *out);
	void (*suffix)(const struct format *format, const struct message *m,
		       struct text cursor, struct buf *out);
	void (*gap)(const struct format *format, const struct gap *g,
		    struct text cursor, struct buf *out);
	/* How many subscribe to a channel, and who. It is no message: it has
	 * no id, and the position stays. NULL if FORMAT_PRESENCE is not in
	 * `takes`. */
	void (*presence)(const struct format *format, const struct presence *p,
			 struct buf *out);
	/* The subscription ends: without channels it is the last event. The
	 * cursor is empty if it has none yet. */
	void (*end)(const struct format *format, const struct end *end,
		    struct text cursor, struct buf *out);
	void (*heartbeat)(const struct format *format, struct buf *out);
	/* Last bytes: reconnect after `retry_ms`. May be NULL. */
	void (*close)(const struct format *format, enum close_reason reason,
		      unsigned int retry_ms, struct buf *out);
};

/* One response with everything in it. */
struct technique_batch {
	bool waits;  /* until there is something to send */
	bool newest; /* the last N messages of one channel, without a cursor */
	bool validates;	     /* with an ETag, made of cursor and count */
	const char *nothing; /* 404: the detail when there is no message; NULL:
			      * an empty batch is a response like any other */
	/* The whole body. */
	void (*response)(const struct format *format, const struct batch *batch,
			 struct buf *out);
};

/* Takes messages by POST. */
struct technique_publish {
	/* Reads a body into a publication that points into it. False: refused,
	 * `p` is filled. */
	bool (*parse)(struct body *body, struct publication *publication,
		      struct problem *p);
	/* The body of the response; returns its status. */
	unsigned int (*response)(const struct publication *publication,
				 const struct publish_result *result,
				 struct buf *out);
};

/* Says how all processes are. */
struct technique_status {
	/* The whole body, or one event of REPORT_EVENTS. */
	void (*response)(const struct format *format,
			 const struct status *status, struct buf *out);
};

/* A stream of another protocol, whose client talks back. */
struct technique_duplex {
	/* Accepts a request for the protocol; the response is 101. What changes
	 * the bytes of messages goes into `format`; a header line of this
	 * response alone, with CRLF, into `line`. False: refused, `p` is
	 * filled. */
	bool (*upgrade)(const struct request *r, const struct conf *conf,
			struct format *format, char line[TECHNIQUE_LINE_SIZE],
			struct problem *p);
	/* The next command in `read`. After COMMAND or REFUSED the caller
	 * frees `command`, of which REFUSED fills only `ref`. */
	enum duplex_event (*next)(struct duplex_client *client,
				  struct duplex_read *read,
				  struct command *command, struct problem *p);
	void (*free)(void *partial); /* NULL is fine */
	/* The process ends: frees what is kept for all clients. */
	void (*stop)(void);
	/* The result of a command. */
	void (*reply)(const struct format *format, const struct reply *reply,
		      struct buf *out);
};

struct technique {
	const char *name;    /* = file, program, URL, log tag, test, doc page */
	unsigned int takes;  /* of enum format_parameter */
	bool needs_callback; /* a request without one is refused */

	/* Of a stream: those of `takes` that only head() and open() read, a
	 * subset of FORMAT_CALLBACK, FORMAT_PADDING and FORMAT_ORIGIN. The
	 * other functions get a format without them. */
	unsigned int opening;

	/* The header lines of a response that is no error, each with CRLF,
	 * among them Content-Type. */
	void (*head)(const struct format *format, struct buf *out);

	/* Header lines, each with CRLF, among them Content-Type, and body of
	 * an error, for clients that cannot read application/problem+json.
	 * Both or neither. */
	const char *error_head;
	void (*error)(const struct problem *p, struct buf *out);

	/* What it does: exactly one of these four; duplex adds to stream. */
	const struct technique_stream *stream;
	const struct technique_batch *batch;
	const struct technique_publish *publish;
	const struct technique_status *status;
	const struct technique_duplex *duplex;
};

/* Its requests read channels. */
static inline bool
technique_subscribes(const struct technique *t)
{
	return t->stream != NULL || t->batch != NULL;
}

/* It holds those requests while there is nothing to send. */
static inline bool
technique_holds(const struct technique *t)
{
	return t->stream != NULL || (t->batch != NULL && t->batch->waits);
}

#endif
