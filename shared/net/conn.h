/* SPDX-License-Identifier: MIT */
/*
 * conn.h - a connection to one client: its descriptors, its framing, and a
 * queue of the bytes that the socket has not taken yet.
 *
 * States:
 *
 *	READING    there is no request yet, or its head is incomplete
 *	SERVING    the request belongs to its owner: the body comes in, the
 *		   response goes out
 *	DRAINING   the response is complete; the rest of the queue goes out
 *	LINGERING  the response was sent, but the peer may still be sending.
 *		   Its bytes are read and dropped for a moment: closing a
 *		   socket that has unread input resets the connection, and the
 *		   peer may lose the response
 *	CLOSED     freed at the end of the loop turn
 *
 * How a conn ends:
 *
 *			queued bytes   then                         closed()
 *	conn_finish()   are sent       the connection is reused     no
 *				       or closed, as the web
 *				       server asked
 *	conn_cut()      are sent       closes without END_REQUEST:  no
 *				       the client sees a broken
 *				       response and reconnects
 *	conn_abort()    are dropped    closes                       no
 *	on its own      are dropped    closes                       yes
 *
 * A conn closes on its own when the peer closed or aborted it, when a time
 * limit passed, when its backlog exceeds max_backlog (queue.h), when all queues
 * together take more memory than max_memory and it is one of the largest, or
 * when it has a queue and its socket took nothing for CONN_STALLED_MS. A
 * FastCGI connection that the web server keeps is not closed by an abort:
 * closed() is called, and the next request may come.
 *
 * No function here blocks, and none that the owner calls calls a handler: when
 * a conn closes, closed() is called at the end of the loop turn.
 *
 * How a request comes in and how its response is framed are separate. A struct
 * conn_kind is a way in: conn_fastcgi.h (which may serve one request after
 * another), conn_http.h (a web server's proxy module, for an upgrade),
 * conn_cgi.h (descriptors 0 and 1), conn_handoff.h (the socket of a client,
 * whose request came before). Another one needs a conn_kind, and a function
 * that calls conn_new() and conn_input_request(). `framing` is the way out:
 * FastCGI records of one request id, or raw bytes with or without the head of a
 * response.
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
#include <sys/queue.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/base/temporary_timer.h"
#include "shared/base/wheel.h"
#include "shared/model/problem.h"
#include "shared/net/chain.h"
#include "shared/net/late_close.h"
#include "shared/net/pending_requests.h"
#include "shared/net/queue.h"
#include "shared/stats/stats.h"
#include "shared/wire/record.h"
#include "shared/wire/request.h"

enum {
	/* A peer that takes no queued byte for so long is gone. */
	CONN_STALLED_MS = 60 * 1000,
	/* A queue that waits for so long is tried once, although its socket
	 * does not say that it has room: conn_stalled.c. */
	CONN_RETRY_MS = 5 * 1000,
	/* For so long, or a little more, a client that left is not noticed if
	 * conns.answers_soon is set. */
	CONN_SOON_MS = 250,
	/* Connections at the authorizer. */
	CONN_ASKING_MAX = 1024,
	/* Bytes of one read, and of the record it may continue. */
	CONN_READ_SIZE = 64 * 1024,
	CONN_STASH_SIZE = RECORD_HEADER_SIZE + RECORD_VALUES_MAX
};

struct conn;

enum conn_state {
	CONN_READING,
	CONN_SERVING,
	CONN_DRAINING,
	CONN_LINGERING,
	CONN_CLOSED
};

/* The owner of requests. */
struct conn_handler {
	/* A request came. `r` is valid during the call. The handler may call
	 * conn_read_body() or conn_read_data(), send, and end the conn; or it
	 * keeps the conn for later. */
	void (*request)(void *arg, struct conn *conn, const struct request *r);
	/* The head is too large, malformed, or did not come within the time
	 * limit. Respond and finish. */
	void (*bad_head)(void *arg, struct conn *conn, const struct problem *p);
	/* The whole body, which the handler may change during the call. It
	 * ended where the web server ended it, which may be elsewhere than
	 * CONTENT_LENGTH says. */
	void (*body)(void *arg, struct conn *conn, struct buf *body);
	/* The body exceeds its limit. Respond and finish. */
	void (*body_too_large)(void *arg, struct conn *conn);
	/* The body did not come within the time limit. Respond and finish. */
	void (*body_late)(void *arg, struct conn *conn);
	/* After conn_read_data(): more bytes from the client. */
	void (*data)(void *arg, struct conn *conn, const uint8_t *bytes,
		     size_t len);
	/* The queue has become empty. */
	void (*drained)(void *arg, struct conn *conn);
	/* The conn closed on its own, or its request was aborted; its owner
	 * must forget it. */
	void (*closed)(void *arg, struct conn *conn);
};

/* One way in. */
struct conn_kind {
	/* The descriptor is readable. */
	void (*readable)(struct conn *conn);
	/* The response was sent whole: conn_close(), conn_linger(), or READING
	 * for the next request. */
	void (*finished)(struct conn *conn);
	/* Its timer fired. */
	void (*timed_out)(struct conn *conn);
	/* Frees conn->input and closes the descriptors. */
	void (*release)(struct conn *conn);
	/* A response begins with an HTTP/1.1 status line, not with "Status:".
	 */
	bool http;
	/* Plain CGI: the web server has the end of the program, not of a
	 * connection. */
	bool cgi;
	/* Apache has sent the head of the response, with status 200. */
	bool handed_off;
	/* Apache sends it if this request is granted. */
	bool authorizes;
	/* What the log says if it did not come within the time limit; NULL: the
	 * request. */
	const char *awaited;
	enum stats_way way;
	/* Its timer checks for the client, so it does not time the queue. */
	bool checks_client;
	/* A body is as long as CONTENT_LENGTH says; without it there is none.
	 */
	bool needs_length;
};

LIST_HEAD(conn_list, conn);
TAILQ_HEAD(conn_queued, conn_unsent);

/* The limits of conn_room.h. Zeroed there are none. */
struct conn_room {
	size_t crowded, full; /* descriptors; 0: no limit */
	size_t max_asking;    /* 0, and more than the maximum, are that */
	/* The rest belongs to conn_room.c: those that were accepted last and
	 * are open, or NULL. */
	struct conn **asking; /* made with the first; conn.c frees it */
	size_t next;
};

/* The conns of a process, and their limits. */
struct conns {
	struct ev_loop *loop;
	struct wheel *wheel;
	const struct conn_handler *handler;
	void *arg;		/* of the handler */
	size_t max_head;	/* bytes */
	size_t max_backlog;	/* bytes of one queue */
	size_t max_memory;	/* bytes of all queues; see queues_memory() */
	unsigned int timeout;	/* s until head and body must be complete */
	unsigned int max_conns; /* for FCGI_GET_VALUES */
	bool http;		/* accepts HTTP/1.1 as well as FastCGI */
	/* For conn_handoff.h: */
	struct pending_requests pending;
	struct late_close late;
	struct conn_room room;
	/* Requests are mostly answered before long: the event loop is told of a
	 * connection when it is not, because that and its undoing take longer
	 * than to read a request. */
	bool answers_soon;
	size_t draining; /* read-only: DRAINING, not sent whole */
	size_t fresh;	 /* read-only: no request has come yet */
	/* The rest belongs to conn.c. */
	size_t count; /* conns that are not freed yet */
	size_t busy;  /* conns with a request or a response */
	struct conn_list open;
	struct conn_list closed;    /* freed at the end of the turn */
	struct conn_queued queued;  /* of those with a queue; first whose socket
				     * took nothing for longest */
	struct wheel_timer stalled; /* set while there is one */
	struct ev_prepare turn_end;
	uint8_t *scratch;	  /* CONN_STASH_SIZE + CONN_READ_SIZE bytes */
	struct conn_input *spare; /* in no conn, or NULL: conn_input.c */
};

/* Exists while a head or a body comes in. */
struct conn_input {
	struct buf bytes; /* the head (FastCGI: as libfcgi reads it), then the
			   * body */
	bool reads_body;
	size_t max_body;
	size_t cgi_left; /* plain CGI: bytes of the body still to come */
	size_t stash_len;
	uint8_t stash[CONN_STASH_SIZE]; /* the begin of a record */
};

/* Exists while the socket has not taken all bytes. */
struct conn_unsent {
	struct conn *conn;
	struct queue queue;
	bool retried; /* after CONN_RETRY_MS, since last_write */
	struct ev_io writing;
	TAILQ_ENTRY(conn_unsent) entry; /* of conns->queued */
};

/* There may be many, held for long: what most do not need is elsewhere. A send
 * touches the first cache line (64 bytes) only. */
struct conn {
	int out;		  /* descriptor: reading.fd except under CGI */
	int framing;		  /* of chain.h */
	unsigned int state : 3;	  /* enum conn_state */
	bool cut : 1;		  /* DRAINING: ended by conn_cut() */
	bool reads_data : 1;	  /* conn_read_data() was called */
	bool late : 1;		  /* its request did not come in time */
	bool behind : 1;	  /* it closed: the client reads too slowly */
	bool is_new : 1;	  /* nothing was read yet */
	bool unwatched : 1;	  /* not reading, for CONN_SOON_MS */
	bool takes_records : 1;	  /* FastCGI: of one read */
	bool began : 1;		  /* its first request has come, or it closed */
	bool stayed : 1;	  /* handed off: longer than one turn */
	unsigned int asking : 11; /* authorizer: its place in conns.room */
	uint32_t handed_at; /* handed off: the low half of clock_ms() then */
	/* clock_ms() when the socket took bytes, or refused the first of a
	 * queue */
	uint64_t last_write;
	struct conn_unsent *unsent; /* or NULL */
	struct conns *conns;
	const struct conn_kind *kind;
	void *owner; /* of its request, or NULL; set by the handler */
	struct record_reader record; /* FastCGI */
	union {
		unsigned int dropped; /* handed off: bytes since then */
		int out_flags;	      /* CGI: of descriptor 1, to be restored */
	};
	struct conn_input *input;
	struct ev_io reading;
	struct temporary_timer *timer; /* while a request comes in, and for a
					* moment before it is closed */
	LIST_ENTRY(conn) entry;	       /* of conns->open or conns->closed */
};

/* --- for the owner of requests -------------------------------------------- */

/* `conns` is zeroed and filled by the caller up to `answers_soon`. */
void conns_init(struct conns *conns);

/* Closes all conns, calls closed() for those that have an owner, and frees
 * them. */
void conns_close(struct conns *conns);

/* In the handler's request(): reads a body of up to `max` bytes, for body() or
 * body_too_large(). Without it the body is read and dropped. */
void conn_read_body(struct conn *conn, size_t max);

/* In the handler's request(): from now on data() gets what the client sends.
 * When the client ends its side, the conn closes on its own. */
void conn_read_data(struct conn *conn);

/*
 * Writes `c` to the socket and queues the rest by reference. This may close the
 * conn on its own, above max_backlog, or others, above max_memory. Does nothing
 * unless the conn is SERVING.
 */
void conn_send(struct conn *conn, struct chain *c);

/* The same for a chain that many conns are given. Its bytes are not counted:
 * the caller does, once for all. */
void conn_send_shared(struct conn *conn, struct chain *c);

/* See "How a conn ends" above. Under FastCGI the last chain before
 * conn_finish() must have had chain_end(). */
void conn_finish(struct conn *conn);
void conn_cut(struct conn *conn);
void conn_abort(struct conn *conn);

/* True when nothing is queued. */
bool conn_is_drained(const struct conn *conn);

/* --- for the ways in ------------------------------------------------------ */

/* A new conn in READING, not reading yet. Owns both descriptors. */
struct conn *conn_new(struct conns *conns, const struct conn_kind *kind, int in,
		      int out) MUST_USE RETURNS_NONNULL;

void conn_start_reading(struct conn *conn);
void conn_stop_reading(struct conn *conn);

/* The one function that changes `state`. */
void conn_become(struct conn *conn, enum conn_state state);

/* Calls kind->timed_out() in `ms` (wheel.h), not when it was set to before. */
void conn_set_timer(struct conn *conn, uint64_t ms);
/* Does nothing when it is not set. */
void conn_clear_timer(struct conn *conn);

/* Writes what the socket takes of the queue, which is not empty. May close the
 * conn. */
void conn_flush(struct conn *conn);

/* Closes on its own. Closing again does nothing. */
void conn_close(struct conn *conn);
/* The client reads too slowly: also counts it. */
void conn_close_behind(struct conn *conn, enum stats_cut reason);

/* Closes the sending side and becomes LINGERING. */
void conn_linger(struct conn *conn);

#endif
