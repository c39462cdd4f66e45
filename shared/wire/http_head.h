/* SPDX-License-Identifier: MIT */
/*
 * http_head.h - the head of an HTTP/1.1 request, as CGI variables.
 *
 * For the upgrade request of a WebSocket, which no FastCGI module passes on.
 * The only peer is the proxy module of a web server (Apache mod_proxy_http,
 * lighttpd mod_proxy, nginx); it has parsed the client's request and written
 * this one. So only these checks are made:
 *
 *	where the message ends, so that proxy and responder agree on it
 *	  each line ends with CRLF		RFC 9112, 2.2
 *	  no bare CR, NUL or other control	RFC 9112, 2.2; RFC 9110, 5.5
 *	  no folded lines			RFC 9112, 5.2
 *	  a name is a token, without a space
 *	  before the colon			RFC 9112, 5.1
 *	  no body: Content-Length is 0, no
 *	  Transfer-Encoding			RFC 9112, 6.1 and 6.3
 *	what a client's field can do through the proxy
 *	  no duplicate of a field that is no
 *	  list, where one may be the proxy's	RFC 9110, 5.3
 *	  no variable of a field with '_' in its name, which could pass for
 *	  another, nor of Proxy (httpoxy.org)
 *	how the proxy is configured
 *	  HTTP/1.1, a path as target, a Host	RFC 9112, 2.3, 3.2, 3.2.1
 *	limits
 *	  HTTP_FIELDS_MAX fields; request.max_head bytes, by the caller
 *
 * The variables are those of RFC 3875:
 *
 *	PUSH_BUDGET	budget, if the path of the proxy is
 *			/PUSH_BUDGET=budget/path (mark.h); no header field,
 *			because most proxies pass one of a client on
 *	REQUEST_METHOD	GET
 *	REQUEST_URI	/path?query
 *	SCRIPT_NAME	/path, not decoded
 *	QUERY_STRING	query; "" when there is none
 *	SERVER_PROTOCOL	HTTP/1.1
 *	REMOTE_ADDR	the last address in X-Forwarded-For; "" without one
 *	HTTP_NAME	each field but Content-Length, in upper case and '-' as
 *			'_'. Fields of one name are joined by ", " (Cookie:
 *			"; ")
 *
 * The proxy appends the client's address to X-Forwarded-For. The addresses
 * before it come from the client and stay in HTTP_X_FORWARDED_FOR. Only the
 * proxy may be able to connect, or clients could forge REMOTE_ADDR.
 *
 * Source: RFC 9110 (5.1 to 5.6.2), RFC 9112 (2.2, 3, 5, 6.3), RFC 9113
 *         (8.2.3), RFC 3875 (4.1)
 */
#ifndef SHARED_WIRE_HTTP_HEAD_H
#define SHARED_WIRE_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/model/problem.h"

/* Zeroed is empty. */
struct http_head {
	struct buf bytes; /* NAME=VALUE, each with a NUL */
	char **variables; /* into it, NULL-terminated; values writable */
};

/*
 * The length of the head at the start of `bytes`, with its empty line; 0 when
 * its end has not arrived. `seen`: the length of the last call for these
 * bytes, which returned 0; only the bytes after it are searched.
 *
 * An empty first line, or lines that end in LF alone, end a head too: so that
 * http_head_read() refuses them instead of the connection timing out.
 */
size_t http_head_length(const char *bytes, size_t len, size_t seen) MUST_USE;

/*
 * Reads a head of the length that http_head_length() returned. False: refused,
 * `p` has the reason and the status: 400; 413 for a body; 431 for too many
 * fields; 505 for another version of HTTP. `out` is then empty.
 * Free with http_head_free().
 */
bool http_head_read(struct http_head *out, const char *bytes, size_t len,
		    struct problem *p) MUST_USE;
void http_head_free(struct http_head *head);

#endif
