/* SPDX-License-Identifier: MIT */
/*
 * conn_handoff.h - clients whose sockets Apache hands off.
 *
 * Apache's mod_proxy_fdpass sends the head of a response, whose status is 200,
 * then connects to a unix socket, sends one byte with the descriptor of its
 * client's socket, and forgets the client. What follows is ours: raw, until we
 * close. The request does not come along. mod_authnz_fcgi has asked about it
 * before, as FastCGI authorizer (authorizer.h), and it waits for the socket
 * (pending_requests.h).
 *
 * Nobody else's request may be answered on a socket. What names a connection is
 * the addresses and ports of both ends (tcp_identity.h). Why that suffices:
 *
 *  - Apache asks about a request, gets the answer, and only then hands the
 *    socket over. So when a socket comes, the request of its connection is
 *    known, unless it was forgotten.
 *  - A socket gets a request only if its connection is established at that
 *    moment. There is one established connection with these addresses and
 *    ports. Requests of earlier ones may wait under the same name: Apache reads
 *    what a client sent before it left, even after it has asked about the next
 *    connection from that port. Then it is not known which is which, and the
 *    socket is reset like one whose request is unknown.
 *  - A request is used once, and within PENDING_LIFE_MS. That there was one is
 *    known for longer, so that a late socket does not get the request of an
 *    earlier connection either.
 *  - A process that begins has no request for the sockets that wait for it:
 *    they are reset before it is asked anything (listeners.h).
 *  - A socket without a request is never kept to wait for one: by the order
 *    above its own has been, and what comes later belongs to another. The
 *    connection is reset: its client comes back.
 *  - The address and port of the virtual host are part of it, so two that one
 *    proxy connects to from the same port are told apart.
 *  - The socket must be of the network namespace in which the authorizer was
 *    asked: in one of his own a local user may have any address.
 *
 * Only Apache may connect to the descriptor socket (its mode), and only who
 * knows handoff.secret is believed what it says of a connection.
 *
 * A client is no more than a peer that reads: what it sends is dropped, and the
 * end of its side closes the conn at once.
 *
 * Source: unix(7), SCM_RIGHTS; tcp(7); httpd 2.4, mod_proxy_fdpass.c and
 *         mod_authnz_fcgi.c
 */
#ifndef SHARED_NET_CONN_HANDOFF_H
#define SHARED_NET_CONN_HANDOFF_H

#include "shared/net/conn.h"

enum {
	/* Bytes that a client may send. */
	CONN_HANDOFF_INPUT_MAX = 64 * 1024,
	/* A client that acknowledges nothing for so long is gone. */
	CONN_HANDOFF_SILENT_MS = 60 * 1000
};

extern const struct conn_kind conn_handoff;

/* A connection of Apache that brings a socket: reads it when it comes. Owns
 * `fd`. */
void conn_handoff_accept(struct conns *conns, int fd);

#endif
