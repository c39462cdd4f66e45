/* SPDX-License-Identifier: MIT */
/*
 * http_head.h - the head of an HTTP/1.1 request, as CGI variables.
 *
 * It serves one purpose: the upgrade request a web server's mod_proxy sends
 * us (Apache and lighttpd carry no WebSocket in FastCGI). So it is strict: no
 * body, no HTTP/1.0, no folded lines, nothing a well-behaved proxy would not
 * send.
 *
 * The variables are those of RFC 3875:
 *
 *	REQUEST_METHOD	GET
 *	REQUEST_URI	/path?query; of http://host/path?query as well, then
 *			HTTP_HOST is that host
 *	SCRIPT_NAME	/path, not decoded
 *	QUERY_STRING	query; "" when there is none
 *	SERVER_PROTOCOL	HTTP/1.1
 *	REMOTE_ADDR	the last address in X-Forwarded-For; "" without one
 *	HTTP_NAME	each field, in upper case and '-' as '_'. Fields of one
 *			name are joined by ", " (Cookie: by "; ")
 *
 * Whom the request is from is told by the server in front of us, which adds
 * the address to X-Forwarded-For; those before it are the client's word and
 * stay in HTTP_X_FORWARDED_FOR. So let nobody but that server connect.
 *
 * No variable is made of Content-Length, of Proxy (httpoxy.org), and of a
 * field with '_' in its name, which could pass for another.
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

enum { HTTP_HEAD_FIELDS_MAX = 100 };

/* Zeroed is empty. */
struct http_head {
	struct buf bytes; /* NAME=VALUE, each with a NUL */
	char **variables; /* into it, NULL-terminated; values writable */
};

/*
 * The length of the head that `bytes` begin with, its empty line included; 0
 * when its end has not come yet. Looks at each byte once if `seen`, of which
 * it is known that no head ends within them, grows with the bytes.
 *
 * An empty first line and lines that end in LF alone are an end as well, for
 * http_head_read() to refuse instead of being waited for.
 */
size_t http_head_length(const char *bytes, size_t len, size_t seen) MUST_USE;

/*
 * Reads a whole head of that length. False: refused, `p` says why and with
 * which status: 400; 413 for a body; 431 for too many fields; 503 without
 * memory; 505 for another version of HTTP. `out` is then empty. Free with
 * http_head_free().
 */
bool http_head_read(struct http_head *out, const char *bytes, size_t len,
		    struct problem *p) MUST_USE;
void http_head_free(struct http_head *head);

#endif
