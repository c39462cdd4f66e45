/* SPDX-License-Identifier: MIT */
/*
 * handoff.h - TCP connections on this machine, and the hand-off of their
 * sockets, as Apache does it.
 */
#ifndef TESTS_UNIT_HANDOFF_H
#define TESTS_UNIT_HANDOFF_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/net/conn.h"
#include "shared/net/tcp_identity.h"

/* A connection: the end of a client, and that of Apache. */
struct tcp_pair {
	int client, server;
};

/* Listens on any port of `address` ("127.0.0.1", "::1", or "::", which takes
 * IPv4, too); sets `port`. */
int tcp_listen(const char *address, uint16_t *port) MUST_USE;

/* Connects to 127.0.0.1, or for "::1" to ::1, from `from`; 0: any port. */
int tcp_connect(const char *address, uint16_t port, uint16_t from) MUST_USE;

/* Both ends non-blocking, of a listener of their own or of `listener`. */
void tcp_pair_open(struct tcp_pair *p);
void tcp_pair_open_at(struct tcp_pair *p, int listener, uint16_t port,
		      uint16_t from);
void tcp_pair_close(struct tcp_pair *p); /* those that are >= 0 */

/* Closes at once, by a reset. */
void tcp_reset(int fd);

struct tcp_identity tcp_pair_identity(const struct tcp_pair *p);

/* One byte with these descriptors, which stay open here. */
void descriptors_send(int fd, const int *fds, size_t count);

/* Connects to the conns, without sending anything; returns the end of Apache.
 */
int descriptors_connect(struct conns *conns) MUST_USE;

/* Apache hands the server's end off and forgets it. */
void tcp_pair_hand_off(struct tcp_pair *p, struct conns *conns);

#endif
