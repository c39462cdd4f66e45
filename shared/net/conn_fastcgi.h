/* SPDX-License-Identifier: MIT */
/*
 * conn_fastcgi.h - a FastCGI connection of a web server. It serves one request
 * after another while they have KEEP_CONN, and answers management records.
 *
 * Source: FastCGI specification 1.0
 */
#ifndef SHARED_NET_CONN_FASTCGI_H
#define SHARED_NET_CONN_FASTCGI_H

#include "shared/net/conn.h"

extern const struct conn_kind conn_fastcgi;

/* The same for the role AUTHORIZER: record.authorizer must be set. */
extern const struct conn_kind conn_authorizer;

#endif
