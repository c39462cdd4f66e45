/* SPDX-License-Identifier: MIT */
/*
 * link.h - a way to one client: descriptors, framing, and a queue of what it
 * has not taken yet.
 *
 *	READING    a request's head is coming, or none has come yet
 *	SERVING    the request is its owner's: the body comes, answers go
 *	ENDING     all has been said; what is queued still goes out
 *	LINGERING  ended or refused, but the peer still sends: read it away, so
 *		   that our close does not destroy what it has not read
 *		   (FastCGI without KEEP_CONN, HTTP, what link_hear() was for)
 *	GONE       closed; freed when the loop turn ends
 *
 * A link costs one descriptor until its head is whole, and delays nobody.
 * Nothing here blocks, and no handler is called from inside a link_ function
 * its owner calls: that a client is gone is told at the end of the turn.
 *
 * Three kinds: a FastCGI connection, which may serve one request after another
 * (KEEP_CONN); an HTTP/1.1 connection, which a server's mod_proxy makes to
 * upgrade it; and the standard input and output of a plain CGI program.
 *
 * Source: FastCGI specification 1.0; RFC 9112 (HTTP/1.1), RFC 9110 section 7.8
 *         (Upgrade); RFC 3875 (CGI)
 */
#ifndef SHARED_NET_LINK_H
#define SHARED_NET_LINK_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/net/chain.h"
#include "shared/model/problem.h"
#include "shared/net/queue.h"
#include "shared/wire/record.h"
#include "shared/wire/request.h"
#include "shared/base/wheel.h"

/* A peer that takes nothing for so long, though something is queued, is as
 * good as gone. */
enum { LINK_STALLED_MS = 60 * 1000 };

struct link;
struct link_input;

enum link_state {
	LINK_READING,
	LINK_SERVING,
	LINK_ENDING,
	LINK_LINGERING,
	LINK_GONE
};

enum link_kind { LINK_FASTCGI, LINK_HTTP, LINK_CGI };

/* What the owner of requests is told. */
struct link_handler {
	/* A request came. `r` is valid only now. The handler may take the body
	 * with link_take_body(), or all that comes with link_hear(), send, end;
	 * or keep the link for later. */
	void (*request)(void *arg, struct link *l, const struct request *r);
	/* The head is too large, or cannot be read. Answer and end. */
	void (*bad_head)(void *arg, struct link *l, const struct problem *p);
	/* The body is whole. It is the handler's to change until it returns. */
	void (*body)(void *arg, struct link *l, struct buf *body);
	/* The body is more than was allowed: answer and end. */
	void (*body_too_large)(void *arg, struct link *l);
	/* More of what link_hear() asked for came. */
	void (*heard)(void *arg, struct link *l, const uint8_t *bytes,
		      size_t len);
	/* All that was queued has been taken. */
	void (*drained)(void *arg, struct link *l);
	/* The request is over without its owner's doing: client or web server
	 * gone, or cut for being too slow. Told at the end of the turn. */
	void (*gone)(void *arg, struct link *l);
};

/* Limits and what all links of a process share. */
struct links {
	struct ev_loop *loop;
	struct wheel *wheel;
	const struct link_handler *handler;
	void *arg;
	size_t max_head;      /* bytes */
	size_t max_backlog;   /* bytes of live messages a link may be behind */
	unsigned int timeout; /* s for a whole head and body */
	unsigned int max_conns; /* for FCGI_GET_VALUES */
	bool http;		/* HTTP/1.1 is spoken too */
	size_t count;		/* links that are not yet freed */
	size_t busy;		/* of these, in the middle of a request */
	struct link *first;	/* of those that are not gone */
	struct link *gone;	/* to be freed when the turn ends */
	uint8_t *scratch;	/* one read of any link */
};

/* What every write touches comes first: one line of the processor's cache. */
struct link {
	int in, out; /* descriptors; the same one but under CGI */
	enum link_state state;
	enum link_kind kind;
	bool cut;   /* ENDING: close without END_REQUEST */
	bool hears; /* what comes is told as it comes */
	struct queue queue;
	uint64_t last_write; /* wheel_ms() of it */
	struct record_reader record;
	struct links *links;
	void *owner; /* the subscriber it serves, or NULL. The handler's */
	struct link_input *input; /* while a head or body comes, else NULL */
	int out_flags;		  /* plain CGI: as they were, to be put back */
	struct ev_io reading;
	struct ev_io writing;
	struct wheel_timer timer; /* head, body or lingering takes too long */
	struct link *next, *prev; /* of all that are not gone, or of the gone */
};

/* `links` is filled by the caller up to http, zero from there. False: no
 * memory. */
bool links_init(struct links *links) MUST_USE;

/* Closes all that are open, telling their owners, and frees. */
void links_close(struct links *links);

/* Frees links that are gone, telling their owners. Called when a turn of the
 * loop ends. */
void links_sweep(struct links *links);

/* A connection: non-blocking; owns `fd`. Its first byte tells FastCGI from
 * HTTP. No memory: it is closed. */
void link_new_connection(struct links *links, int fd);

/* The one request of a plain CGI program: descriptors 0 and 1. The handler is
 * called from here. When it is over, links->count is 0. */
void link_new_cgi(struct links *links, const struct request *r);

/* For the handler of `request`: it wants the body, of at most `max` bytes;
 * otherwise it is read and forgotten. */
void link_take_body(struct link *l, size_t max);

/* For the handler of `request`: what the client sends is told as it comes, for
 * as long as the request lasts. When the client ends it, the link is gone. */
void link_hear(struct link *l);

enum link_send {
	LINK_HISTORY =
	    0, /* the subscriber asked for it: does not count as behind */
	LINK_LIVE = 1
};

/*
 * Sends `c`, now if the socket takes it, else as soon as it does. A link that
 * is then behind by more than max_backlog bytes of live messages is cut. On a
 * link that is ENDING or GONE nothing happens.
 */
void link_send(struct link *l, struct chain *c, enum link_send kind);

/* Everything has been sent (its last chain had chain_end()): the connection is
 * used again or closed, as the web server asked for. */
void link_end(struct link *l);

/* The same, but the client is shown that its response was cut: no END_REQUEST,
 * the connection closes when what is queued has gone. */
void link_cut(struct link *l);

/* Closes at once; the owner is not told. */
void link_drop(struct link *l);

/* True when nothing is queued. */
bool link_is_drained(const struct link *l);

#endif
