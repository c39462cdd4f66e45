/* SPDX-License-Identifier: MIT */
/*
 * jsonp.c - script-tag long-polling: a batch as a function call.
 *
 *	callback({"messages":[...],"cursor":"..."});
 *
 * It starts with an empty comment, so that no callback name turns the response
 * into another file type, and its JSON is escaped so that it cannot end the
 * script. An error is a comment: a page only sees that the script failed.
 *
 * Source: RFC 8259; the HTML standard, "Restrictions for contents of script
 *         elements"
 * Tests:  tests/unit/test_jsonp.c
 */
#include "config.h"

#include "fcgi/techniques.h"

#include "shared/base/escape.h"

enum { JSON_MAX = 256 * 1024 * 1024 };

static void
jsonp_head(const struct format *format, struct buf *out)
{
	(void)format;
	buf_puts(out, "Content-Type: text/javascript; charset=utf-8\r\n");
}

static void
jsonp_response(const struct format *format, const struct batch *batch,
	       struct buf *out)
{
	struct buf json;

	buf_init(&json, JSON_MAX);
	batch_put_json(&json, batch);
	buf_puts(out, "/**/");
	buf_puts(out, format->callback);
	buf_putc(out, '(');
	escape_script(out, &json);
	buf_puts(out, ");\n");
	buf_free(&json);
}

static void
jsonp_error(const struct problem *p, struct buf *out)
{
	buf_printf(out, "/* %u %s: ", p->status, problem_title(p->status));
	escape_comment(out, p->detail);
	buf_puts(out, " */\n");
}

static const struct technique_batch batch = {
    .waits = true,
    .response = jsonp_response,
};

const struct technique technique_jsonp = {
    .name = "jsonp",
    .takes = FORMAT_CALLBACK | FORMAT_PRESENCE,
    .needs_callback = true,
    .head = jsonp_head,
    .error_head = "Content-Type: text/javascript; charset=utf-8\r\n",
    .error = jsonp_error,
    .batch = &batch,
};
