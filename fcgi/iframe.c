/* SPDX-License-Identifier: MIT */
/*
 * iframe.c - the hidden iframe: a page that never ends, one script a message.
 *
 *	<script>push({"id":"…","channel":"…","data":"…"})</script>
 *
 * push() is defined once, at the start of the page, so a message has the same
 * bytes for all subscribers. It calls the function named by callback= in the
 * parent page, or, with origin=, sends it a message (postMessage) that only a
 * page of that origin receives. The argument is the usual JSON: a message, a
 * gap, a cursor, or {"retry":ms}. Each script removes itself.
 *
 * WebKit renders nothing before the first 1 KB, so the page starts with 1 KB of
 * padding.
 *
 * Source: https://html.spec.whatwg.org/ (script, postMessage)
 * Tests:  tests/unit/test_iframe.c
 */
#include "config.h"

#include "fcgi/techniques.h"

#include "shared/base/escape.h"
#include "shared/model/end.h"

/* The pages that may show it follow. */
#define HEAD                                                                   \
	"Content-Type: text/html; charset=utf-8\r\n"                           \
	"Content-Security-Policy: frame-ancestors "

enum { PADDING = 1024, SCRIPT_MAX = 16 * 1024 * 1024 };

static void
iframe_head(const struct format *format, struct buf *out)
{
	buf_puts(out, HEAD);
	buf_puts(out, format->origin[0] != '\0' ? format->origin : "'self'");
	buf_puts(out, "\r\n");
}

static void
iframe_open(const struct format *format, struct buf *out)
{
	unsigned int i;

	buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n"
		      "<meta charset=\"utf-8\">\n<title>push</title>\n<!--");
	for (i = 0; i < PADDING || i < format->padding; i++)
		buf_putc(out, ' ');
	buf_puts(out, "-->\n<script>\nheard = 0;\nfunction gone() {\n"
		      "var s = document.getElementsByTagName('script');\n"
		      "s = s[s.length - 1];\n"
		      "s.parentNode.removeChild(s);\n"
		      "heard++;\n"
		      "}\nfunction push(m) {\ngone();\n");
	if (format->origin[0] != '\0') {
		buf_puts(out, "parent.postMessage(m, '");
		buf_puts(out, format->origin);
		buf_puts(out, "');\n");
	} else {
		/* A parent of another site could name a method of a third
		 * page; parent.document throws there. */
		buf_puts(out, "if (parent === window || !parent.document) "
			      "return;\nparent.");
		buf_puts(out, format->callback);
		buf_puts(out, "(m);\n");
	}
	buf_puts(out, "}\n</script>\n");
}

static void
iframe_cursor(const struct format *format, struct text cursor, struct buf *out)
{
	(void)format;
	buf_puts(out, "<script>push({\"cursor\":\"");
	buf_put(out, cursor.bytes, cursor.len);
	buf_puts(out, "\"})</script>\n");
}

static void
iframe_message(const struct format *format, const struct message *m,
	       struct buf *out)
{
	struct buf json;

	(void)format;
	buf_init(&json, SCRIPT_MAX);
	message_put_json(&json, m); /* iframe_suffix() closes the brace */
	buf_puts(out, "<script>push(");
	escape_script(out, &json);
	buf_free(&json);
}

static void
iframe_suffix(const struct format *format, const struct message *m,
	      struct text cursor, struct buf *out)
{
	(void)m;
	if (format->many)
		message_put_cursor(out, cursor);
	buf_puts(out, "})</script>\n");
}

static void
iframe_gap(const struct format *format, const struct gap *g, struct text cursor,
	   struct buf *out)
{
	struct buf json;

	(void)format;
	buf_init(&json, SCRIPT_MAX);
	gap_put_json(&json, g, cursor);
	buf_puts(out, "<script>push(");
	escape_script(out, &json);
	buf_puts(out, ")</script>\n");
	buf_free(&json);
}

static void
iframe_presence(const struct format *format, const struct presence *p,
		struct buf *out)
{
	struct buf json;

	(void)format;
	buf_init(&json, SCRIPT_MAX);
	presence_put_json(&json, p);
	buf_puts(out, "<script>push(");
	escape_script(out, &json);
	buf_puts(out, ")</script>\n");
	buf_free(&json);
}

static void
iframe_end(const struct format *format, const struct end *end,
	   struct text cursor, struct buf *out)
{
	struct buf json;

	(void)format;
	buf_init(&json, SCRIPT_MAX);
	end_put_json(&json, end, cursor);
	buf_puts(out, "<script>push(");
	escape_script(out, &json);
	buf_puts(out, ")</script>\n");
	buf_free(&json);
}

static void
iframe_heartbeat(const struct format *format, struct buf *out)
{
	(void)format;
	buf_puts(out, "<script>gone()</script>\n");
}

static void
iframe_close(const struct format *format, enum close_reason reason,
	     unsigned int retry_ms, struct buf *out)
{
	(void)format;
	(void)reason;
	buf_puts(out, "<script>push({\"retry\":");
	buf_put_u64(out, retry_ms);
	buf_puts(out, "})</script>\n");
}

static void
iframe_error(const struct problem *p, struct buf *out)
{
	buf_printf(out,
		   "<!DOCTYPE html>\n<html lang=\"en\">\n"
		   "<meta charset=\"utf-8\">\n<title>%u %s</title>\n<p>",
		   p->status, problem_title(p->status));
	escape_html(out, p->detail);
	buf_puts(out, "</p>\n");
}

static const struct technique_stream stream = {
    .is_page = true,
    .open = iframe_open,
    .cursor = iframe_cursor,
    .message = iframe_message,
    .suffix = iframe_suffix,
    .gap = iframe_gap,
    .presence = iframe_presence,
    .end = iframe_end,
    .heartbeat = iframe_heartbeat,
    .close = iframe_close,
};

const struct technique technique_iframe = {
    .name = "iframe",
    .takes = FORMAT_CALLBACK | FORMAT_ORIGIN | FORMAT_PADDING | FORMAT_PRESENCE,
    .needs_callback = true,
    .opening = FORMAT_CALLBACK | FORMAT_ORIGIN | FORMAT_PADDING,
    .head = iframe_head,
    .error_head = HEAD "'self'\r\n",
    .error = iframe_error,
    .stream = &stream,
};
