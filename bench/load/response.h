/* SPDX-License-Identifier: MIT */
/*
 * response.h - reads the HTTP/1.1 responses of one connection, one after the
 * other, in whatever pieces they come. It allocates nothing.
 *
 * A body ends where Content-Length or the last chunk says, else with the
 * connection. After a 101 all that comes is body.
 */
#ifndef BENCH_LOAD_RESPONSE_H
#define BENCH_LOAD_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESPONSE_LINE = 128 }; /* bytes that are kept of a line of the head */

enum response_state {
	RESPONSE_STATUS,
	RESPONSE_HEAD,
	RESPONSE_SIZE,
	RESPONSE_SIZE_REST,
	RESPONSE_CHUNK,
	RESPONSE_CHUNK_END,
	RESPONSE_LAST, /* the lines after the last chunk */
	RESPONSE_COUNTED,
	RESPONSE_ENDLESS,
	RESPONSE_BROKEN
};

struct response {
	enum response_state state;
	unsigned int status;
	bool chunked;
	bool counted;
	bool closes;	 /* the connection is not kept */
	uint64_t left;	 /* bytes of this chunk or body still to come */
	size_t line_len; /* may be more than is kept in `line` */
	char line[RESPONSE_LINE];
};

/* What becomes of it. All are called with `arg`; `bytes` are not kept. */
struct response_sink {
	void (*field)(void *arg, const char *line, size_t len); /* or NULL */
	bool (*head)(void *arg, unsigned int status); /* false: refuse it */
	bool (*body)(void *arg, const char *bytes, size_t len);
	bool (*end)(void *arg);
	void *arg;
};

void response_init(struct response *r);

/* False: this is no HTTP, or a function of the sink said false; no more is
 * read then. */
bool response_take(struct response *r, const char *bytes, size_t len,
		   const struct response_sink *sink);

#endif
