/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/http/response.h"

#include <string.h>

#include "shared/access/client.h"
#include "shared/base/escape.h"
#include "shared/http/cors.h"

enum { HEAD_MAX = 8192, BODY_MAX = 4096 };

/* The largest integer of JavaScript; some clients read the length as one. */
#define ENDLESS "Content-Length: 9007199254740991\r\n"

/* Without it a web server would keep the connection after a response with a
 * length, and the client would wait for more. */
#define CLOSE "Connection: close\r\n"

static void
put_status(struct buf *out, bool http, unsigned int status)
{
	buf_puts(out, http ? "HTTP/1.1 " : "Status: ");
	buf_put_u64(out, status);
	buf_putc(out, ' ');
	buf_puts(out, problem_title(status));
	buf_puts(out, "\r\n");
	if (http && status != 101)
		buf_puts(out, CLOSE);
}

/* A Referrer-Policy is read of pages, workers, scripts, style sheets and
 * redirects, for what they load. With nosniff a stream of data is none of them,
 * and lighttpd keeps each line as long as the stream is held. */
static void
put_safety(struct buf *out, bool is_data)
{
	buf_puts(out, "X-Content-Type-Options: nosniff\r\n");
	if (!is_data)
		buf_puts(out, "Referrer-Policy: no-referrer\r\n");
}

/* What may keep the response. A batch that waits is never the same twice. */
static void
put_cache_control(struct buf *out, const struct technique *t,
		  const struct format *format, bool is_private)
{
	buf_puts(out, "Cache-Control: ");
	if (is_private)
		buf_puts(out, "private, no-store");
	else if (t->batch != NULL && t->batch->validates && format->max_age > 0)
		buf_printf(out, "max-age=%u", format->max_age);
	else if (t->batch == NULL ? t->stream == NULL : t->batch->waits)
		buf_puts(out, "no-store");
	else
		buf_puts(out, "no-cache");
	buf_puts(out, t->stream != NULL ? ", no-transform\r\n"
					  "X-Accel-Buffering: no\r\n"
					: "\r\n");
}

static void
put_head(struct buf *out, const struct technique *t,
	 const struct format *format, bool is_private)
{
	t->head(format, out);
	if (t->duplex != NULL)
		return; /* another protocol follows */
	put_safety(out, t->stream != NULL && !t->stream->is_page);
	cors_put(out, format->cors);
	put_cache_control(out, t, format, is_private);
}

static bool
is_by(const struct request *r, const char *server)
{
	return strncmp(request_get(r, "SERVER_SOFTWARE"), server,
		       strlen(server)) == 0;
}

/* mod_proxy_fcgi gives a URL as SCRIPT_FILENAME, mod_fcgid the file. The former
 * passes a cut on over HTTP/1.1, and logs it as an error; a Content-Length only
 * if ap_trust_cgilike_cl is set. */
enum response_cut
response_cut(const struct conn *conn, const struct request *r)
{
	bool apache = is_by(r, "Apache");

	if (conn->kind->http)
		return RESPONSE_CUT_SHOWS;
	if (conn->kind->handed_off || conn->kind->authorizes)
		return RESPONSE_CUT_HIDDEN;
	if (client_is_http2(r) &&
	    (conn->kind->cgi || apache || is_by(r, "lighttpd")))
		return RESPONSE_CUT_USELESS;
	if (conn->kind->cgi ||
	    (apache &&
	     (strncmp(request_get(r, "SCRIPT_FILENAME"), "proxy:", 6) != 0 ||
	      request_get(r, "ap_trust_cgilike_cl")[0] != '\0')))
		return RESPONSE_CUT_HIDDEN;
	return RESPONSE_CUT_SHOWS;
}

void
response_put_lines(struct buf *out, const struct technique *t,
		   const struct format *format, const struct response_own *own)
{
	put_head(out, t, format, own->is_private);
	if (own->endless && t->duplex == NULL)
		buf_puts(out, ENDLESS);
}

void
response_put_stream_head(struct buf *out, const struct conn *conn,
			 const struct technique *t, const struct format *format,
			 const struct response_own *own)
{
	put_status(out, conn->kind->http, t->duplex != NULL ? 101 : 200);
	response_put_lines(out, t, format, own);
	if (own->endless && t->duplex == NULL && !conn->kind->http)
		buf_puts(out, CLOSE);
	buf_puts(out, own->line);
	buf_puts(out, "\r\n");
}

/* `body` NULL: none. */
static void
put_parts(struct chain *c, const struct buf *head, const struct buf *body)
{
	chain_add_buf(c, head);
	chain_end_head(c);
	if (body != NULL)
		chain_add_buf(c, body);
	chain_end(c);
}

void
response_put(struct chain *c, const struct response *a)
{
	bool has_body = !a->head_only && a->status != 304;
	struct buf head;

	buf_init(&head, HEAD_MAX);
	put_status(&head, false, a->status);
	put_head(&head, a->technique, a->format, a->is_private);
	if (a->etag.len > 0) {
		buf_puts(&head, "ETag: \"");
		buf_put(&head, a->etag.bytes, a->etag.len);
		buf_puts(&head, "\"\r\n");
	}
	if (a->status != 304) {
		buf_puts(&head, "Content-Length: ");
		buf_put_u64(&head, a->body->len);
		buf_puts(&head, "\r\n");
	}
	if (a->retry_after > 0)
		buf_printf(&head, "Retry-After: %u\r\n", a->retry_after);
	buf_puts(&head, "\r\n");
	put_parts(c, &head, has_body ? a->body : NULL);
	buf_free(&head);
}

/* mod_deflate: "x-gzip"; others: "x;gzip", "x--gzip", "x-br". */
static bool
is_compression_mark(const char *rest, size_t len)
{
	static const char *const marks[] = {"-gzip", "--gzip", ";gzip",
					    "-br",   ";br",    "-zstd"};
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strlen(marks[i]) == len && memcmp(marks[i], rest, len) == 0)
			return true;
	return len == 0;
}

bool
response_tag_matches(const char *if_none_match, struct text etag)
{
	const char *at = if_none_match, *end;

	if (at[strspn(at, " \t")] == '*')
		return true;
	while ((at = strchr(at, '"')) != NULL) {
		end = strchr(++at, '"');
		if (end == NULL)
			return false;
		if ((size_t)(end - at) >= etag.len &&
		    memcmp(at, etag.bytes, etag.len) == 0 &&
		    is_compression_mark(at + etag.len,
					(size_t)(end - at) - etag.len))
			return true;
		at = end + 1;
	}
	return false;
}

static void
send_and_end(struct conn *conn, struct chain *c, const struct buf *head,
	     const struct buf *body)
{
	chain_clear(c);
	put_parts(c, head, body);
	conn_send(conn, c);
	chain_clear(c);
	conn_finish(conn);
}

/* Apache may send this body as text/html, and takes one that begins with a
 * slash (a JSONP error begins with a comment) for a path. So it is JSON,
 * without `<`. */
static void
put_for_authorizer(const struct problem *p, struct buf *body)
{
	struct buf json;

	buf_init(&json, BODY_MAX);
	problem_put_json(&json, p);
	escape_script(body, &json);
	buf_free(&json);
}

/* On a stream that has begun, nothing can be said but when to come back. */
static void
put_end(const struct technique *t, const struct problem *p, struct buf *body)
{
	static const struct format none;
	unsigned int ms = p->retry_after > 0 ? p->retry_after * 1000 : 1000;

	t->stream->close(&none, CLOSE_LATER, ms, body);
}

static void
put_error(const struct conn *conn, const struct technique *t,
	  const struct problem *p, struct buf *head, struct buf *body)
{
	if (conn->kind->authorizes) {
		put_for_authorizer(p, body);
	} else if (conn->kind->handed_off && t->stream != NULL &&
		   t->error == NULL) {
		put_end(t, p, body);
	} else if (t->error == NULL) {
		problem_put_json(body, p);
		buf_puts(head, "Content-Type: application/problem+json\r\n");
	} else {
		t->error(p, body);
		buf_puts(head, t->error_head);
	}
}

void
response_problem(struct conn *conn, struct chain *c, const struct technique *t,
		 const struct problem *p)
{
	struct buf head, body;

	buf_init(&head, HEAD_MAX);
	buf_init(&body, BODY_MAX);
	put_status(&head, conn->kind->http, p->status);
	put_error(conn, t, p, &head, &body);
	buf_printf(&head,
		   "Cache-Control: private, no-store\r\n"
		   "Content-Length: %zu\r\n",
		   body.len);
	put_safety(&head, false);
	cors_put(&head, p->cors != NULL ? p->cors : "");
	if (p->authenticate != NULL)
		buf_printf(&head, "WWW-Authenticate: %s\r\n", p->authenticate);
	if (p->allow != NULL)
		buf_printf(&head, "Allow: %s\r\n", p->allow);
	if (p->accept_encoding != NULL)
		buf_printf(&head, "Accept-Encoding: %s\r\n",
			   p->accept_encoding);
	if (p->upgrade != NULL)
		buf_puts(&head, p->upgrade);
	if (p->retry_after > 0)
		buf_printf(&head, "Retry-After: %u\r\n", p->retry_after);
	buf_puts(&head, "\r\n");
	send_and_end(conn, c, &head, &body);
	buf_free(&head);
	buf_free(&body);
}

void
response_options(struct conn *conn, struct chain *c, const char *allow,
		 const char *cors)
{
	struct buf head;

	buf_init(&head, HEAD_MAX);
	put_status(&head, conn->kind->http, 204);
	buf_printf(&head, "Allow: %s\r\n", allow);
	put_safety(&head, false);
	cors_put_preflight(&head, cors);
	buf_puts(&head, "\r\n");
	send_and_end(conn, c, &head, NULL);
	buf_free(&head);
}

void
response_stream_head(struct conn *conn, struct chain *c,
		     const struct technique *t, const struct format *format,
		     bool is_private)
{
	struct response_own own = {.line = "", .is_private = is_private};
	struct buf head;

	buf_init(&head, HEAD_MAX);
	response_put_stream_head(&head, conn, t, format, &own);
	send_and_end(conn, c, &head, NULL);
	buf_free(&head);
}
