/* SPDX-License-Identifier: MIT */
/*
 * exchange.h - one HTTP request of push-doctor, and when what of its response
 * arrived.
 *
 * Redirects are not followed and no proxy is used, so a request goes to the
 * host of its URL and to no other.
 *
 * Source: https://curl.se/libcurl/c/libcurl-multi.html
 */
#ifndef COMMANDS_DOCTOR_EXCHANGE_H
#define COMMANDS_DOCTOR_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"

enum {
	EXCHANGE_BODY_MAX = 1024 * 1024, /* bytes that are kept */
	EXCHANGE_CONNECT = 10,		 /* s */
	EXCHANGE_FAULT_SIZE = 256,
	EXCHANGE_VALUE_SIZE = 256
};

struct exchange;

/* All requests of a run. */
struct exchanges;

struct exchange_request {
	const char *method;	    /* NULL: GET */
	const char *url;	    /* http or https */
	const char *const *headers; /* lines, ends with NULL; may be NULL */
	const char *body;	    /* of a POST, or NULL */
	const char *connect;	    /* "::address:port" to which it goes,
				     * whatever the URL says; or NULL */
	const char *ca;		    /* file of authorities, or NULL */
	bool http1;		    /* not HTTP/2 */
	bool compressed;	    /* may be; the body is what it was before */
};

/* `one_connection`: all share it, if it is HTTP/2; or wait for each other. */
struct exchanges *exchanges_open(bool one_connection) RETURNS_NONNULL;

/* Frees it and all its exchanges. NULL is fine. */
void exchanges_close(struct exchanges *all);

/* Starts a request. It moves on while exchanges_turn() runs. */
struct exchange *
exchange_start(struct exchanges *all,
	       const struct exchange_request *r) RETURNS_NONNULL;

/* Moves all requests on; waits at most `ms` for something to happen. */
void exchanges_turn(struct exchanges *all, int ms);

/* Leaves: the connection is closed. Can be read on until exchanges_close(). */
void exchange_leave(struct exchange *e);

/* The head is complete (of a 1xx only 101), or the exchange has ended. */
bool exchange_headed(const struct exchange *e);
bool exchange_ended(const struct exchange *e);

/* The status, or 0: no head has arrived. */
long exchange_status(const struct exchange *e);

/* True: it is HTTP/2. Once the head is there. */
bool exchange_is_http2(const struct exchange *e);

/* A header, its values separated by ", " if there are several. False: there is
 * none, and `out` is "". */
bool exchange_header(const struct exchange *e, const char *name,
		     char out[EXCHANGE_VALUE_SIZE]);

/* What has arrived of the body: borrowed; the number of bytes may be larger
 * than what is kept. */
const struct buf *exchange_body(const struct exchange *e);

/* True: the body has `text`. */
bool exchange_has(const struct exchange *e, const char *text);

/* Why it failed: a phrase; "": it did not. Borrowed. */
const char *exchange_fault(const struct exchange *e);

/* When it began and ended, as clock_ms(). */
uint64_t exchange_began_ms(const struct exchange *e);
uint64_t exchange_ended_ms(const struct exchange *e);

#endif
