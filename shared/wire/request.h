/* SPDX-License-Identifier: MIT */
/*
 * request.h - what a request says: its CGI variables (RFC 3875).
 *
 * A FastCGI head is decoded by libfcgi: our own record.h found where it
 * ends, the bytes go into a memory file, and FCGX_Accept_r() reads them from
 * there as if it were the connection. The file is emptied before each, so one
 * request cannot leak into the next, and no head is too large for it. Under
 * plain CGI the variables are the environment.
 *
 * Source: libfcgi 2.4.2, fcgiapp.h; RFC 3875 section 4.1
 */
#ifndef SHARED_WIRE_REQUEST_H
#define SHARED_WIRE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"

struct buf;

/* A view: valid until request_close() or, under CGI, for ever. */
struct request {
	char *const
	    *variables; /* NAME=VALUE, NULL-terminated; values writable */
};

/* Makes libfcgi ready. Call once, before signal handlers are installed (it
 * installs its own). False: no descriptor or memory for it. */
bool request_init(void) MUST_USE;
void request_free(void);

/* Decodes a whole head (record_put_begin, _params, the empty one). False: not
 * a head libfcgi understands, or memory ran out. One at a time. */
bool request_open(struct request *r, const struct buf *head) MUST_USE;
void request_close(struct request *r);

/* The variable's value, "" when there is none. Never NULL. */
char *request_get(const struct request *r, const char *name);

/* CONTENT_LENGTH in bytes; 0 when there is none, SIZE_MAX when it is no
 * number or too large for one. */
size_t request_content_length(const struct request *r);

#endif
