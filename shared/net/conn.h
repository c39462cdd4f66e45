/* SPDX-License-Identifier: MIT */
/*
 * conn.h - a way to one client: descriptors, framing, and a queue of what it
 * has not taken yet.
 *
 *	READING    a request's head is coming, or none has come yet
 *	SERVING    the request is its owner's: the body comes, answers go
 *	ENDING     all has been said; what is queued still goes out
 *	LINGERING  ended or refused, but the peer still sends: read it away, so
 *		   that our close does not destroy what it has not read
 *		   (FastCGI without KEEP_CONN, HTTP, what conn_hear() was for)
 *	GONE       closed; freed when the loop turn ends
 *
 * A conn costs one descriptor until its head is whole, and delays nobody.
 * Nothing here rcbufs, and no handler is called from inside a conn_ function
 * its owner calls: that a client is gone is told at the end of the turn.
 *
 * Three kinds: a FastCGI connection, which may serve one request after another
 * (KEEP_CONN); an HTTP/1.1 connection, which a server's mod_proxy makes to
 * upgrade it; and the standard input and output of a plain CGI program.
 *
 * Source: FastCGI specification 1.0; RFC 9112 (HTTP/1.1), RFC 9110 section 7.8
 *         (Upgrade); RFC 3875 (CGI)
 */
#ifndef SHARED_NET_CONN_H
#define SHARED_NET_CONN_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/base/wheel.h"
#include "shared/model/problem.h"
#include "shared/net/chain.h"
#include "shared/net/queue.h"
#include "shared/wire/record.h"
#include "shared/wire/request.h"

/* A peer that takes nothing for so long, though something is queued, is as
 * good as gone. */
enum { CONN_STALLED_MS = 60 * 1000 };

struct conn;
struct conn_input;

enum conn_state {
	CONN_READING,
	CONN_SERVING,
	CONN_ENDING,
	CONN_LINGERING,
	CONN_GONE
};

enum conn_kind { CONN_FASTCGI, CONN_HTTP, CONN_CGI };

/* What the owner of requests is told. */
struct conn_handler {
	/* A request came. `r` is valid only now. The handler may take the body
	 * with conn_take_body(), or all that comes with conn_hear(), send, end;
	 * or keep the conn for later. */
	void (*request)(void *arg, struct conn *conn, const struct request *r);
	/* The head is too large, or cannot be read. Answer and end. */
	void (*bad_head)(void *arg, struct conn *conn, const struct problem *p);
	/* The body is whole. It is the handler's to change until it returns. */
	void (*body)(void *arg, struct conn *conn, struct buf *body);
	/* The body is more than was allowed: answer and end. */
	void (*body_too_large)(void *arg, struct conn *conn);
	/* More of what conn_hear() asked for came. */
	void (*heard)(void *arg, struct conn *conn, const uint8_t *bytes,
		      size_t len);
	/* All that was queued has been taken. */
	void (*drained)(void *arg, struct conn *conn);
	/* The request is over without its owner's doing: client or web server
	 * gone, or cut for being too slow. Told at the end of the turn. */
	void (*gone)(void *arg, struct conn *conn);
};

/* Limits and what all conns of a process share. */
struct conns {
	struct ev_loop *loop;
	struct wheel *wheel;
	const struct conn_handler *handler;
	void *arg;
	size_t max_head;      /* bytes */
	size_t max_backlog;   /* bytes of live messages a conn may be behind */
	unsigned int timeout; /* s for a whole head and body */
	unsigned int max_conns; /* for FCGI_GET_VALUES */
	bool http;		/* HTTP/1.1 is spoken too */
	size_t count;		/* conns that are not yet freed */
	size_t busy;		/* of these, in the middle of a request */
	struct conn *first;	/* of those that are not gone */
	struct conn *gone;	/* to be freed when the turn ends */
	uint8_t *scratch;	/* one read of any conn */
};

/* What every write touches comes first: one line of the processor's cache. */
struct conn {
	int in, out; /* descriptors; the same one but under CGI */
	enum conn_state state;
	enum conn_kind kind;
	bool cut;   /* ENDING: close without END_REQUEST */
	bool hears; /* what comes is told as it comes */
	struct queue queue;
	uint64_t last_write; /* clock_ms() of it */
	struct record_reader record;
	struct conns *conns;
	void *owner; /* the subscriber it serves, or NULL. The handler's */
	struct conn_input *input; /* while a head or body comes, else NULL */
	int out_flags;		  /* plain CGI: as they were, to be put back */
	struct ev_io reading;
	struct ev_io writing;
	struct wheel_timer timer; /* head, body or lingering takes too long */
	struct conn *next, *prev; /* of all that are not gone, or of the gone */
};

/* `conns` is filled by the caller up to http, zero from there. False: no
 * memory. */
bool conns_init(struct conns *conns) MUST_USE;

/* Closes all that are open, telling their owners, and frees. */
void conns_close(struct conns *conns);

/* Frees conns that are gone, telling their owners. Called when a turn of the
 * loop ends. */
void conns_sweep(struct conns *conns);

/* A connection: non-blocking; owns `fd`. Its first byte tells FastCGI from
 * HTTP. No memory: it is closed. */
void conn_new_connection(struct conns *conns, int fd);

/* The one request of a plain CGI program: descriptors 0 and 1. The handler is
 * called from here. When it is over, conns->count is 0. */
void conn_new_cgi(struct conns *conns, const struct request *r);

/* For the handler of `request`: it wants the body, of at most `max` bytes;
 * otherwise it is read and forgotten. */
void conn_take_body(struct conn *conn, size_t max);

/* For the handler of `request`: what the client sends is told as it comes, for
 * as long as the request lasts. When the client ends it, the conn is gone. */
void conn_hear(struct conn *conn);

enum conn_send {
	CONN_HISTORY =
	    0, /* the subscriber asked for it: does not count as behind */
	CONN_LIVE = 1
};

/*
 * Sends `c`, now if the socket takes it, else as soon as it does. A conn that
 * is then behind by more than max_backlog bytes of live messages is cut. On a
 * conn that is ENDING or GONE nothing happens.
 */
void conn_send(struct conn *conn, struct chain *c, enum conn_send kind);

/* Everything has been sent (its last chain had chain_end()): the connection is
 * used again or closed, as the web server asked for. */
void conn_end(struct conn *conn);

/* The same, but the client is shown that its response was cut: no END_REQUEST,
 * the connection closes when what is queued has gone. */
void conn_cut(struct conn *conn);

/* Closes at once; the owner is not told. */
void conn_drop(struct conn *conn);

/* True when nothing is queued. */
bool conn_is_drained(const struct conn *conn);

#endif
