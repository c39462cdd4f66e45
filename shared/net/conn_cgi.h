/* SPDX-License-Identifier: MIT */
/*
 * conn_cgi.h - the one request of a plain CGI program, on descriptors 0 and 1.
 *
 * Source: RFC 3875
 */
#ifndef SHARED_NET_CONN_CGI_H
#define SHARED_NET_CONN_CGI_H

#include "shared/net/conn.h"
#include "shared/wire/request.h"

/* Calls the handler's request(). When the request is over, conns->count is 0.
 */
void conn_cgi_open(struct conns *conns, const struct request *r);

#endif
