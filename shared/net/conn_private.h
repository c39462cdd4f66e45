/* SPDX-License-Identifier: MIT */
/*
 * conn_private.h - what the files of conn.h share: conn.c (its life and what
 * goes out), conn_fastcgi.c, conn_http.c and conn_cgi.c (what comes in).
 */
#ifndef SHARED_NET_CONN_PRIVATE_H
#define SHARED_NET_CONN_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/net/conn.h"

enum {
	CONN_STASH_SIZE = RECORD_HEADER_SIZE + RECORD_VALUES_MAX,
	CONN_READ_SIZE = 64 * 1024
};

/* What is kept while a head or body comes. */
struct conn_input {
	struct buf bytes; /* the head (FastCGI: as libfcgi reads it), then the
			   * body */
	bool wants_body;
	size_t max_body;
	size_t cgi_left; /* plain CGI: bytes of the body still to come */
	size_t stash_len;
	uint8_t stash[CONN_STASH_SIZE]; /* a record's start, the rest to come */
};

/* A new one, READING; its handler for what comes is set by the caller. NULL:
 * no memory. */
struct conn *conn_new(struct conns *conns, enum conn_kind kind, int in,
		      int out) MUST_USE;

/* The one place where a state changes. */
void conn_become(struct conn *conn, enum conn_state state);

/* Closes; owner and memory are seen to when the turn ends. */
void conn_go(struct conn *conn);
void conn_out_of_memory(struct conn *conn); /* says so, and goes */

/* Ends what goes out and reads away what still comes, for a moment. */
void conn_linger(struct conn *conn);

/* l->input, made if need be; the time for a whole head and body then runs.
 * NULL: no memory, the conn is gone. */
struct conn_input *conn_need_input(struct conn *conn);
void conn_forget_input(struct conn *conn);

/* Its head is larger than it may be: that is answered. */
void conn_refuse_head(struct conn *conn);

/* The callbacks of `reading`: of FastCGI; of HTTP, and of CGI that hears. */
void conn_read_fastcgi(struct ev_loop *loop, ev_io *watcher, int revents);
void conn_read_raw(struct ev_loop *loop, ev_io *watcher, int revents);

/* A piece of what a client sends came; a piece of the body; the body is
 * whole. */
void conn_give_piece(struct conn *conn, const uint8_t *bytes, size_t len);
void conn_add_body(struct conn *conn, const uint8_t *bytes, size_t len);
void conn_give_body(struct conn *conn);

#endif
