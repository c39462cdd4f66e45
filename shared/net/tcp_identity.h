/* SPDX-License-Identifier: MIT */
/*
 * tcp_identity.h - which TCP connection: the addresses and ports of both ends.
 *
 * At any time a network namespace has at most one established connection with
 * these four; one that has ended may be followed by another with the same. So
 * what names a connection by them means the one that is established now.
 *
 * IPv4 is written as in IPv6 (::ffff:192.0.2.1), so that a connection is the
 * same whether its server listens on 0.0.0.0 or on ::.
 *
 * In a namespace that he made, any user may have any address, so the namespace
 * is part of the identity (from Linux 5.14 on).
 *
 * Source: tcp(7), ipv6(7), network_namespaces(7); RFC 9293 section 3.3.2, RFC
 * 4291 section 2.5.5.2
 */
#ifndef SHARED_NET_TCP_IDENTITY_H
#define SHARED_NET_TCP_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"

enum {
	TCP_ADDRESS_SIZE = 16,
	TCP_NAMESPACE_SIZE = 8,
	TCP_IDENTITY_TEXT_SIZE = 128
};

/* Without padding: compared and hashed as it is. */
struct tcp_identity {
	uint8_t peer[TCP_ADDRESS_SIZE];
	uint8_t local[TCP_ADDRESS_SIZE];
	uint16_t peer_port, local_port;
	uint8_t network[TCP_NAMESPACE_SIZE]; /* its namespace; 0: unknown */
};

/* Addresses and ports as a web server writes them. Each must be there, no port
 * may be 0, and an address that is complete only with the name of an interface
 * (fe80::1%eth0) is none. */
struct tcp_identity_texts {
	const char *peer, *peer_port, *local, *local_port;
};

/* Of a connection in the network namespace of the socket `fd`. False: one of
 * the texts is not what it should be. */
bool tcp_identity_parse(struct tcp_identity *out,
			const struct tcp_identity_texts *texts,
			int fd) MUST_USE;

/* Of a socket. NULL, or why it is no connected TCP socket: a few words, static.
 */
const char *tcp_identity_of(struct tcp_identity *out, int fd) MUST_USE;

/* The connection of this socket is established: neither side has ended it. */
bool tcp_identity_is_established(int fd) MUST_USE;

bool tcp_identity_equals(const struct tcp_identity *a,
			 const struct tcp_identity *b) MUST_USE;

/* "192.0.2.1 40312 198.51.100.1 80": peer, then local. For the log. */
void tcp_identity_text(char out[TCP_IDENTITY_TEXT_SIZE],
		       const struct tcp_identity *id);

#endif
