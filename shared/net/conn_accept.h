/* SPDX-License-Identifier: MIT */
/*
 * conn_accept.h - a connection that has just been accepted. Its first byte
 * tells FastCGI from HTTP/1.1.
 */
#ifndef SHARED_NET_CONN_ACCEPT_H
#define SHARED_NET_CONN_ACCEPT_H

#include "shared/net/conn.h"

/* `fd` is a non-blocking stream socket; the conn owns it. */
void conn_accept(struct conns *conns, int fd);

/* The same for FastCGI requests of the role AUTHORIZER. */
void conn_accept_authorizer(struct conns *conns, int fd);

#endif
