/* SPDX-License-Identifier: MIT */
/*
 * response.h - response heads, and whole responses.
 *
 * A technique writes the header lines that are its own. What all have is
 * written here: what caches may keep, and that a browser keeps to the
 * Content-Type and a page tells other sites nothing.
 *
 * Source: RFC 3875 section 6 (CGI responses), RFC 9112 section 4, RFC 9110
 * (8.8.3 ETag, 13.1.2 If-None-Match, 15.4.5 304, 15.2.2 101),
 * https://www.w3.org/TR/referrer-policy/ (5: whose requests the policy is for)
 */
#ifndef SHARED_HTTP_RESPONSE_H
#define SHARED_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/model/batch.h"
#include "shared/model/format.h"
#include "shared/model/problem.h"
#include "shared/net/chain.h"
#include "shared/net/conn.h"
#include "shared/technique.h"

/* A whole response of a technique. */
struct response {
	const struct technique *technique;
	unsigned int status;
	const struct format *format;
	const struct buf *body;
	struct text etag;	  /* without quotes; empty: none */
	unsigned int retry_after; /* s; 0: none */
	bool head_only;		  /* HEAD: without the body */
	bool is_private;	  /* not for shared caches, nor to be kept */
};

/* What the head of a stream has for one client alone. */
struct response_own {
	const char *line; /* one more header line, with CRLF, or "" */
	bool is_private;
	/* With a Content-Length that no stream reaches: a cut is an error to
	 * the client even if the web server ends the response properly. */
	bool endless;
};

/* What a client notices when a program cuts a stream off. */
enum response_cut {
	/* An error. */
	RESPONSE_CUT_SHOWS,
	/* A proper end, unless the stream is `endless`. */
	RESPONSE_CUT_HIDDEN,
	/* Over HTTP/2: a proper end (lighttpd, mod_fcgid, CGI), or nothing at
	 * all (mod_proxy_fcgi, two of five times), so the stream should end
	 * properly. Chromium and Firefox do not compare lengths there, and
	 * WebKit waits for the rest of one. */
	RESPONSE_CUT_USELESS
};

enum response_cut response_cut(const struct conn *conn,
			       const struct request *r);

/* Writes the head of a stream on `conn`. */
void response_put_stream_head(struct buf *out, const struct conn *conn,
			      const struct technique *t,
			      const struct format *format,
			      const struct response_own *own);

/* The lines of that head that do not depend on the way in, each with CRLF. Of a
 * batch: those that all its responses have. */
void response_put_lines(struct buf *out, const struct technique *t,
			const struct format *format,
			const struct response_own *own);

/* Head, body and end, into `c`. */
void response_put(struct chain *c, const struct response *a);

/* True: the header If-None-Match contains this ETag, also when a server made it
 * weak (W/) or added the mark of a compression (-gzip and the like). */
bool response_tag_matches(const char *if_none_match, struct text etag);

/*
 * Each sends a whole response and finishes the conn. `c` is scratch.
 *
 * Where the web server has sent the head, a problem is said in the body: a
 * stream tells its client when to come back, and is cut.
 */
void response_problem(struct conn *conn, struct chain *c,
		      const struct technique *t, const struct problem *p);
/* `cors`: whose pages may send requests, or "". */
void response_options(struct conn *conn, struct chain *c, const char *allow,
		      const char *cors);
void response_stream_head(struct conn *conn, struct chain *c,
			  const struct technique *t,
			  const struct format *format, bool is_private);

#endif
