/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/escape.h"
#include "shared/base/utf8.h"

static const struct {
	unsigned int status;
	const char *title;
} titles[] = {
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

/* Drops a character that the end of the array cut in two. */
static void
drop_cut_character(char *text)
{
	size_t len = strlen(text);
	size_t i = len;

	while (i > 0 && ((unsigned char)text[i - 1] & 0xc0) == 0x80)
		i--;
	if (i > 0 && (unsigned char)text[i - 1] >= 0xc0 &&
	    !utf8_valid(text + i - 1, len - i + 1))
		text[i - 1] = '\0';
}

/* The detail goes into JSON, which must be UTF-8; a client's bytes may not
 * be. */
static void
make_utf8(char *text)
{
	if (utf8_valid(text, strlen(text)))
		return;
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
}

bool
problem_set(struct problem *p, unsigned int status, const char *format, ...)
{
	va_list args;

	memset(p, 0, sizeof(*p));
	p->status = status;
	va_start(args, format);
	if (vsnprintf(p->detail, sizeof(p->detail), format, args) >=
	    (int)sizeof(p->detail))
		drop_cut_character(p->detail);
	va_end(args);
	make_utf8(p->detail);
	return false;
}

const char *
problem_title(unsigned int status)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

void
problem_put_json(struct buf *out, const struct problem *p)
{
	const char *title = problem_title(p->status);

	buf_puts(out, "{\"type\":\"about:blank\",\"title\":");
	escape_json(out, text_of(title));
	buf_printf(out, ",\"status\":%u,\"detail\":", p->status);
	escape_json(out, text_of(p->detail));
	if (p->stored != NULL)
		buf_printf(out, ",\"stored\":%s", p->stored);
	buf_putc(out, '}');
}
