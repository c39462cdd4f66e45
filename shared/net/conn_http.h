/* SPDX-License-Identifier: MIT */
/*
 * conn_http.h - an HTTP/1.1 connection of a web server's proxy module: one
 * request, which asks for an upgrade or is refused. After the head all is raw
 * data, both ways.
 *
 * Source: RFC 9112; RFC 9110 section 7.8
 */
#ifndef SHARED_NET_CONN_HTTP_H
#define SHARED_NET_CONN_HTTP_H

#include "shared/net/conn.h"

extern const struct conn_kind conn_http;

#endif
