/* SPDX-License-Identifier: MIT */
/*
 * http_head.h - the head of an HTTP/1.1 request, as CGI variables.
 *
 * It serves one purpose: the upgrade request a web server's mod_proxy sends
 * us (Apache and lighttpd carry no WebSocket in FastCGI). So it is strict: no
 * body, no HTTP/1.0, no folded lines, nothing a well-behaved proxy would not
 * send.
 *
 * The variables are those of RFC 3875: REQUEST_METHOD, REQUEST_URI,
 * QUERY_STRING, SERVER_PROTOCOL, and HTTP_NAME for each field, fields of one
 * name joined by ", ". Whom the request is from is told by the server in front
 * of us: REMOTE_ADDR is the last address in X-Forwarded-For, which it added;
 * the others stay in HTTP_X_FORWARDED_FOR. A field Proxy is left out
 * (httpoxy.org).
 *
 * Source: RFC 9110 (5.1, 5.5, 5.6.2), RFC 9112 (2.2, 3, 5), RFC 3875 (4.1)
 */
#ifndef SHARED_HTTP_HEAD_H
#define SHARED_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/attributes.h"
#include "shared/buf.h"
#include "shared/problem.h"

enum { HTTP_HEAD_FIELDS_MAX = 100 };

/* Zeroed is empty. */
struct http_head {
	struct buf bytes; /* NAME=VALUE, each with a NUL */
	char **variables; /* into it, NULL-terminated */
};

/* The length of the head that `bytes` begin with, its empty line included; 0
 * when its end has not come yet. Looks at each byte once if `seen`, of which
 * it is known that no head ends within them, grows with the bytes. */
size_t http_head_length(const char *bytes, size_t len, size_t seen) MUST_USE;

/*
 * Reads a whole head of that length. False: refused, `p` says with which
 * status (400, 413 for a body, 431 for too many fields, 505, or 503 without
 * memory) and why; `out` is then empty. Free with http_head_free().
 */
bool http_head_read(struct http_head *out, const char *bytes, size_t len,
		    struct problem *p) MUST_USE;
void http_head_free(struct http_head *head);

#endif
