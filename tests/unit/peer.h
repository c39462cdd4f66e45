/* SPDX-License-Identifier: MIT */
/*
 * peer.h - conns of shared/net/conn.c with a web server at the other end.
 *
 * A host is a process of ours: loop, wheel, conns, and a handler that writes
 * down what it is told. A peer is the other end of one of its connections.
 * Nothing waits: what can happen has happened when a call returns.
 */
#ifndef TESTS_UNIT_PEER_H
#define TESTS_UNIT_PEER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/base/wheel.h"
#include "shared/net/chain.h"
#include "shared/net/conn.h"

enum {
	HOST_TOLD_SIZE = 4096,
	HOST_MAX_HEAD = 1000,
	HOST_MAX_BACKLOG = 20000,
	HOST_TIMEOUT_MS = 10000
};

struct host {
	struct ev_loop *loop;
	struct wheel wheel;
	struct conns conns;
	struct chain chain;
	struct conn *conn; /* of the last request */
	/* request:QUERY bad_head:STATUS body:BYTES body_too_large heard:BYTES
	 * drained gone */
	char told[HOST_TOLD_SIZE];
	const char
	    *response;	 /* what requests get, then the end; NULL: nothing */
	size_t body_max; /* 0: shared are not taken */
	bool hears;	 /* what a client sends is told as it comes */
	int hears_until; /* it is cut when it has told so much; 0: never */
	int sndbuf;	 /* of new connections; 0: the system's */
};

void host_init(struct host *h);
void host_free(struct host *h); /* closes its conns */

/* A connection, of FastCGI unless conns.http says that its first byte tells;
 * returns the peer's end. */
int host_connect(struct host *h) MUST_USE;

/* Turns the loop until nothing more happens. */
void host_run(struct host *h);

/* Makes the chain the text; sends it on the last request's conn. */
void host_send(struct host *h, const char *text, enum conn_send kind);

/* Fails unless just this was told since the last time. */
void host_assert_told(struct host *h, const char *want);

/* Begin (flags: FCGI_KEEP_CONN or 0), QUERY_STRING, end of the parameters. */
void add_head(struct buf *in, uint16_t id, uint8_t flags, const char *query);

/* One pair of PARAMS; values shorter than 128 bytes. */
void add_param(struct buf *in, uint16_t id, const char *name,
	       const char *value);

/* Sends `bytes`, empties it, and runs the host. */
void peer_send(struct host *h, int fd, struct buf *bytes);

/* All that came, while the host runs. True: and then the end. */
bool peer_read(struct host *h, int fd, struct buf *got) MUST_USE;

/*
 * Fails unless what comes are these records, STDOUT in a row joined:
 *	out1:abc out1. end1:0 values:CONTENT unknown:TYPE eof
 * (out1. is the end of STDOUT, end1:0 END_REQUEST and protocol status).
 */
void peer_assert(struct host *h, int fd, const char *want);

#endif
