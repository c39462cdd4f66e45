/* SPDX-License-Identifier: MIT */
/*
 * client.h - who sends a request, as far as the network shows.
 *
 * REMOTE_ADDR is the client, unless it is a proxy of access.proxies: then the
 * last address of X-Forwarded-For that is none of them. Anybody else may send
 * that header, too, so it counts for nothing.
 *
 * To lighttpd `X_Forwarded_For` and `X.Forwarded.For` are the same variable. A
 * client can send them through a proxy that adds the right one, and which of
 * them is the proxy's cannot be told.
 *
 * Source: RFC 3875 sections 4.1.8 and 4.1.16;
 *         https://httpd.apache.org/docs/2.4/mod/mod_http2.html#envvars
 *         https://developer.mozilla.org/docs/Web/HTTP/Headers/X-Forwarded-For
 */
#ifndef SHARED_ACCESS_CLIENT_H
#define SHARED_ACCESS_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/access/mark.h"
#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/wire/request.h"

enum {
	CLIENT_ADDRESS_SIZE = 46, /* INET6_ADDRSTRLEN */
	CLIENT_CONNECTION_SIZE = CLIENT_ADDRESS_SIZE + 6
};

struct client_id {
	char address[CLIENT_ADDRESS_SIZE]; /* cut to fit; "": unknown */
	/* Address and port of an HTTP/2 connection, which carries several
	 * requests of one client. "": it is another, or unknown, or that of a
	 * proxy. */
	char connection[CLIENT_CONNECTION_SIZE];
	uint64_t browser;  /* a hash of the address and User-Agent */
	struct mark mark;  /* what it takes of its web server */
	bool by_mod_http2; /* a stream of Apache's module for HTTP/2 */
};

/* The proxy has stated the client, and somebody else has, too: who it is is not
 * known. client_read() gives the proxy then. */
bool client_is_disputed(const struct request *r,
			const struct conf *conf) MUST_USE;

/* As the web server says; with a proxy between, that is the proxy's. */
bool client_is_http2(const struct request *r) MUST_USE;

void client_read(struct client_id *out, const struct request *r,
		 const struct conf *conf);

#endif
