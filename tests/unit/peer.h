/* SPDX-License-Identifier: MIT */
/*
 * peer.h - conns of shared/net/conn.c with a web server at the other end.
 *
 * A host has a loop, a wheel, conns, and a handler that writes down each call.
 * A peer is the other end of one of its connections. Nothing waits: when a call
 * returns, everything that can happen has happened.
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
	HOST_EVENTS_SIZE = 4096,
	HOST_MAX_HEAD = 1000,
	HOST_MAX_BACKLOG = 20000,
	HOST_MAX_MEMORY = 1 << 20,
	HOST_TIMEOUT_MS = 10000
};

struct host {
	struct ev_loop *loop;
	struct wheel wheel;
	struct conns conns;
	struct chain chain;
	struct conn *conn; /* of the last request */
	/* The calls of the handler: request:QUERY bad_head:STATUS body:BYTES
	 * body_too_large body_late data:BYTES drained closed */
	char events[HOST_EVENTS_SIZE];
	const char *response; /* of every request, which then ends; or NULL */
	size_t body_max;      /* 0: bodies are not read */
	bool reads_data;      /* conn_read_data() */
	int cut_after;	      /* conn_cut() in that call of data(); 0: never */
	int sndbuf;	      /* SO_SNDBUF of new connections; 0: default */
};

void host_init(struct host *h);
void host_free(struct host *h); /* closes its conns */

/* Opens a connection and returns the peer's end. FastCGI, or HTTP/1.1 if
 * conns.http is set and the first byte says so. */
int host_connect(struct host *h) MUST_USE;

/* Turns the loop until nothing more happens. */
void host_run(struct host *h);

/* Sends the text on the conn of the last request. */
void host_send(struct host *h, const char *text);

/* Fails unless these were the events since the last call. */
void host_assert_events(struct host *h, const char *want);

/* Begin (flags: FCGI_KEEP_CONN or 0), QUERY_STRING, end of the parameters. */
void add_head(struct buf *in, uint16_t id, uint8_t flags, const char *query);

/* One pair of PARAMS; the value is shorter than 128 bytes. */
void add_param(struct buf *in, uint16_t id, const char *name,
	       const char *value);

/* Sends `bytes`, empties the buffer, and runs the host. */
void peer_send(struct host *h, int fd, struct buf *bytes);

/* Runs the host and reads all it sends. True: it closed the connection. */
bool peer_read(struct host *h, int fd, struct buf *got) MUST_USE;

/*
 * Fails unless the host sends these records, adjacent STDOUT joined:
 *	out1:abc out1. end1:0 values:CONTENT unknown:TYPE eof
 * (out1. is the end of STDOUT, end1:0 END_REQUEST and protocol status).
 */
void peer_assert(struct host *h, int fd, const char *want);

#endif
