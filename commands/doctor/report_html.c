/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/report_html.h"

#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/base/escape.h"

static const char begin[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta name=\"robots\" content=\"noindex\">\n"
    "<title>push-doctor</title>\n"
    "<style>\n"
    "body { font: 16px/1.5 sans-serif; max-width: 50em; margin: 2em auto;\n"
    "       padding: 0 1em; color: #222; background: #fff }\n"
    "article { border-left: 4px solid #bbb; padding: 0 0 0 1em;\n"
    "          margin: 1em 0 }\n"
    ".error { border-color: #c00 } .warning { border-color: #c80 }\n"
    ".ok { border-color: #080 }\n"
    "pre { background: #eee; padding: .5em; overflow-x: auto }\n"
    "p { margin: 0 }\n"
    "</style>\n"
    "<h1>push-doctor</h1>\n";

/* The order in which they are shown. */
static const struct {
	enum finding_level level;
	const char *name;
} levels[] = {
    {FINDING_ERROR, "error"},
    {FINDING_WARNING, "warning"},
    {FINDING_NOTE, "note"},
    {FINDING_OK, "ok"},
};

static void
put_pair(struct buf *out, const char *name, const char *value)
{
	buf_puts(out, name);
	escape_html(out, value);
	buf_puts(out, "<br>\n");
}

static void
put_finding(struct buf *out, const struct finding *f, const char *name)
{
	buf_printf(out, "<article class=\"%s\"><p><b>%s</b> (%s): ", name, name,
		   f->area);
	escape_html(out, f->sentence);
	buf_puts(out, "</p>\n");
	if (f->lines != NULL) {
		if (f->file != NULL) {
			buf_puts(out, "<p>In ");
			escape_html(out, f->file);
			buf_puts(out, ":</p>\n");
		}
		buf_puts(out, "<pre>");
		escape_html(out, f->lines);
		buf_puts(out, "</pre>\n");
	}
	buf_puts(out, "</article>\n");
}

void
report_html(FILE *out, const struct doctor *d, const struct report_head *head)
{
	struct buf page;

	buf_init(&page, SIZE_MAX / 2);
	buf_puts(&page, begin);
	buf_puts(&page, "<p>");
	put_pair(&page,
		 "Settings file: ", head->file != NULL ? head->file : "none");
	put_pair(&page, "Redis: ", head->redis);
	put_pair(&page, "User: ", head->user);
	buf_printf(&page, "Errors: %zu, warnings: %zu</p>\n",
		   d->levels[FINDING_ERROR], d->levels[FINDING_WARNING]);
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		for (size_t j = 0; j < d->count; j++)
			if (d->found[j].level == levels[i].level)
				put_finding(&page, &d->found[j],
					    levels[i].name);
	fwrite(page.bytes, 1, page.len, out);
	buf_free(&page);
}
