/* SPDX-License-Identifier: MIT */
/*
 * response.h - the head of a response, and whole answers.
 *
 * Source: RFC 3875 section 6 (CGI responses), RFC 9112 section 4, RFC 9110
 * (8.8.3 ETag, 13.1.2 If-None-Match, 15.4.5 304, 15.2.2 101)
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

/* A whole answer of a technique. */
struct response {
	const struct technique *technique;
	unsigned int status;
	const struct format *format;
	const struct buf *body;
	struct text etag;	  /* without quotes; no bytes: none */
	unsigned int retry_after; /* s; 0: none */
	bool head_only;		  /* HEAD: all but the body */
};

/* Writes the head of an answer whose length is not known: a stream on `conn`.
 * `line` is a header line of this answer alone, or "". */
void response_put_stream_head(struct buf *out, const struct conn *conn,
			      const struct technique *t,
			      const struct format *format, const char *line);

/* Head, body and end, into `c`. */
void response_put(struct chain *c, const struct response *a);

/* Does the header If-None-Match name this tag? Tags that a server on the way
 * has made weak (W/) or marked as compressed (-gzip and the like) count. */
bool response_tag_matches(const char *if_none_match, struct text etag);

/* Each sends a whole answer and ends the conn. `c` is scratch. */
void response_problem(struct conn *conn, struct chain *c,
		      const struct technique *t, const struct problem *p);
void response_options(struct conn *conn, struct chain *c, const char *allow);
void response_stream_head(struct conn *conn, struct chain *c,
			  const struct technique *t,
			  const struct format *format);

#endif
