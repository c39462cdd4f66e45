/* SPDX-License-Identifier: MIT */
/*
 * request.h - a request: its CGI variables (RFC 3875).
 *
 * libfcgi decodes a FastCGI head: record.h finds where it ends, the bytes are
 * copied to the end of a memory file, and FCGX_Accept_r() reads them from there
 * as from a connection. It begins at the head and finds the end of the file
 * behind it, so no bytes of one request can leak into the next. The file grows
 * for a larger head, and shrinks after it. For plain CGI the variables are the
 * environment, for HTTP/1.1 they come from http_head.h.
 *
 * Source: libfcgi 2.4.2, fcgiapp.h; RFC 3875 section 4.1
 */
#ifndef SHARED_WIRE_REQUEST_H
#define SHARED_WIRE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"

struct buf;
struct request_index;

/* A view: valid until request_close() or http_head_free(). */
struct request {
	char *const
	    *variables; /* NAME=VALUE, NULL-terminated; values writable */
	/* Makes request_get() fast; NULL: it has none. */
	const struct request_index *index;
};

/* Initializes libfcgi. Call once, before signal handlers are installed, because
 * libfcgi installs its own. False: no descriptor for the memory file. */
bool request_init(void) MUST_USE;
void request_free(void);

/* Decodes a whole head, written with record_put_begin() and
 * record_put_params(). False: a length in it is wrong (record_pairs.h), libfcgi
 * cannot read it, or the memory file cannot be written. Only one request can be
 * open at a time. */
bool request_open(struct request *r, const struct buf *head) MUST_USE;
void request_close(struct request *r);

/* The variable's value; "" when it is not set. Never NULL; writable. */
char *request_get(const struct request *r, const char *name);

/* It is there more than once; the first one counts. */
bool request_has_several(const struct request *r, const char *name) MUST_USE;

/* A copy of `r` in `at`, which has request_size() bytes and the alignment of a
 * pointer. It is valid as long as they are. */
size_t request_size(const struct request *r) MUST_USE;
void request_copy(struct request *out, void *at, const struct request *r);

/* CONTENT_LENGTH in bytes; 0 when it is not set, SIZE_MAX when it is not a
 * number or too large. */
size_t request_content_length(const struct request *r);
bool request_has_content_length(const struct request *r);

#endif
