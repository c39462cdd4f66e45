/* SPDX-License-Identifier: MIT */
/*
 * link_private.h - what the files of link.h share: link.c (its life and what
 * goes out), link_fastcgi.c, link_http.c and link_cgi.c (what comes in).
 */
#ifndef SHARED_NET_LINK_PRIVATE_H
#define SHARED_NET_LINK_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/net/link.h"

enum {
	LINK_STASH_SIZE = RECORD_HEADER_SIZE + RECORD_VALUES_MAX,
	LINK_READ_SIZE = 64 * 1024
};

/* What is kept while a head or body comes. */
struct link_input {
	struct buf bytes; /* the head (FastCGI: as libfcgi reads it), then the
			   * body */
	bool wants_body;
	size_t max_body;
	size_t cgi_left; /* plain CGI: bytes of the body still to come */
	size_t stash_len;
	uint8_t stash[LINK_STASH_SIZE]; /* a record's start, the rest to come */
};

/* A new one, READING; its handler for what comes is set by the caller. NULL:
 * no memory. */
struct link *link_new(struct links *links, enum link_kind kind, int in,
		      int out) MUST_USE;

/* The one place where a state changes. */
void link_become(struct link *l, enum link_state state);

/* Closes; owner and memory are seen to when the turn ends. */
void link_go(struct link *l);
void link_out_of_memory(struct link *l); /* says so, and goes */

/* Ends what goes out and reads away what still comes, for a moment. */
void link_linger(struct link *l);

/* l->input, made if need be; the time for a whole head and body then runs.
 * NULL: no memory, the link is gone. */
struct link_input *link_need_input(struct link *l);
void link_forget_input(struct link *l);

/* Its head is larger than it may be: that is answered. */
void link_refuse_head(struct link *l);

/* The callbacks of `reading`: of FastCGI; of HTTP, and of CGI that hears. */
void link_read_fastcgi(struct ev_loop *loop, ev_io *watcher, int revents);
void link_read_raw(struct ev_loop *loop, ev_io *watcher, int revents);

/* A piece of what a client sends came; a piece of the body; the body is
 * whole. */
void link_give_piece(struct link *l, const uint8_t *bytes, size_t len);
void link_add_body(struct link *l, const uint8_t *bytes, size_t len);
void link_give_body(struct link *l);

#endif
