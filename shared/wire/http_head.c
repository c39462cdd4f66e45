/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/wire/http_head.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/number.h"
#include "shared/wire/http_variables.h"

/* Arguments of http_head_read(), and its results so far. */
struct reading {
	struct text rest; /* of the head, not read yet */
	struct http_parts parts;
	struct problem *p;
};

size_t
http_head_length(const char *bytes, size_t len, size_t seen)
{
	while (seen < len) {
		const char *lf = memchr(bytes + seen, '\n', len - seen);
		size_t at;

		if (lf == NULL)
			return 0;
		at = (size_t)(lf - bytes);
		seen = at + 1;
		if (at > 0 && bytes[at - 1] == '\r')
			at--;
		if (at == 0 || bytes[at - 1] == '\n')
			return seen;
	}
	return 0;
}

/* --- lines ---------------------------------------------------------------- */

static bool
is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

/* Takes the next line, without its CRLF. */
static bool
next_line(struct reading *r, struct text *line)
{
	if (!text_cut(&r->rest, '\n', line) || line->len == 0 ||
	    line->bytes[line->len - 1] != '\r')
		return problem_set(r->p, 400,
				   "A line of the request head does not end "
				   "with CRLF.");
	line->len--;
	for (size_t i = 0; i < line->len; i++)
		if (is_control(line->bytes[i]))
			return problem_set(r->p, 400,
					   "A line of the request head "
					   "contains a control character.");
	return true;
}

/* RFC 9110, 5.6.2. */
static bool
is_token(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.bytes[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !number_is_digit(c) && strchr("!#$%&'*+-.^_`|~", c) == NULL)
			return false;
	}
	return text.len > 0;
}

/* Single spaces are the only white space of a request line. */
static bool
cut_request_line(struct http_parts *parts, struct text line,
		 struct text *version)
{
	if (memchr(line.bytes, '\t', line.len) != NULL ||
	    !text_cut(&line, ' ', &parts->method) ||
	    !text_cut(&line, ' ', &parts->target))
		return false;
	*version = line;
	return is_token(parts->method) &&
	       memchr(line.bytes, ' ', line.len) == NULL;
}

static bool
check_version(struct reading *r, struct text version)
{
	static const char prefix[] = "HTTP/";
	size_t len = strlen(prefix);

	if (version.len < len || memcmp(version.bytes, prefix, len) != 0)
		return problem_set(r->p, 400,
				   "The request line is not METHOD /PATH "
				   "HTTP/1.1.");
	return text_is(version, "HTTP/1.1") ||
	       problem_set(r->p, 505, "Only HTTP/1.1 is supported.");
}

/* Moves the mark, with which the proxy begins the path, into parts. */
static void
take_budget(struct http_parts *parts)
{
	static const char prefix[] = "/PUSH_BUDGET=";
	size_t len = strlen(prefix);
	struct text rest = parts->target;

	if (rest.len < len || memcmp(rest.bytes, prefix, len) != 0)
		return;
	rest.bytes += len;
	rest.len -= len;
	if (!text_cut(&rest, '/', &parts->budget))
		return;
	parts->target.bytes = rest.bytes - 1; /* the slash */
	parts->target.len = rest.len + 1;
}

static bool
read_request_line(struct reading *r)
{
	struct http_parts *parts = &r->parts;
	struct text line, version = {0};

	if (!next_line(r, &line))
		return false;
	if (!cut_request_line(parts, line, &version))
		version.len = 0;
	if (!check_version(r, version))
		return false;
	if (parts->target.len == 0 || parts->target.bytes[0] != '/')
		return problem_set(r->p, 400,
				   "The request target is not a path.");
	take_budget(parts);
	parts->query = parts->target;
	if (!text_cut(&parts->query, '?', &parts->path)) {
		parts->path = parts->target;
		parts->query.len = 0;
	}
	return true;
}

static bool
read_field(struct reading *r, struct text line, struct http_field *f)
{
	if (line.bytes[0] == ' ' || line.bytes[0] == '\t')
		return problem_set(r->p, 400,
				   "A line of the request head begins with a "
				   "space.");
	if (!text_cut(&line, ':', &f->name) || !is_token(f->name))
		return problem_set(r->p, 400,
				   "A line of the request head is not NAME: "
				   "VALUE.");
	f->value = text_trim(line);
	f->skip = memchr(f->name.bytes, '_', f->name.len) != NULL ||
		  text_is_nocase(f->name, "Proxy");
	return true;
}

static bool
read_fields(struct reading *r)
{
	struct http_parts *parts = &r->parts;
	struct text line;

	for (;;) {
		if (!next_line(r, &line))
			return false;
		if (line.len == 0)
			return true;
		if (parts->count == HTTP_FIELDS_MAX)
			return problem_set(r->p, 431,
					   "The request has more than %d "
					   "header fields.",
					   HTTP_FIELDS_MAX);
		if (!read_field(r, line, &parts->fields[parts->count]))
			return false;
		parts->count++;
	}
}

/* --- fields --------------------------------------------------------------- */

/* The last field of that name, or NULL. */
static struct http_field *
find(struct reading *r, const char *name)
{
	for (size_t i = r->parts.count; i-- > 0;)
		if (text_is_nocase(r->parts.fields[i].name, name))
			return &r->parts.fields[i];
	return NULL;
}

/* Fields that are no lists: of two it is open which one counts. */
static bool
check_duplicates(struct reading *r)
{
	static const char *const single[] = {"Host", "Origin", "Content-Length",
					     "Sec-WebSocket-Key",
					     "Sec-WebSocket-Version"};

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		size_t n = 0;

		for (size_t k = 0; k < r->parts.count; k++)
			n += text_is_nocase(r->parts.fields[k].name, single[i]);
		if (n > 1)
			return problem_set(r->p, 400,
					   "Duplicate header field: %s.",
					   single[i]);
	}
	return true;
}

static bool
check_host(struct reading *r)
{
	const struct http_field *host = find(r, "Host");

	return (host != NULL && host->value.len > 0) ||
	       problem_set(r->p, 400, "The header field Host is missing.");
}

static bool
check_no_body(struct reading *r)
{
	struct http_field *length = find(r, "Content-Length");
	uint64_t n = 0;

	if (length != NULL && !number_parse(&n, length->value, UINT64_MAX))
		return problem_set(r->p, 400,
				   "Content-Length is not a number.");
	if (n > 0 || find(r, "Transfer-Encoding") != NULL)
		return problem_set(r->p, 413, "A request body is not allowed.");
	if (length != NULL)
		length->skip = true;
	return true;
}

/* Moves the last address of X-Forwarded-For, the proxy's, into parts. */
static void
take_address(struct reading *r)
{
	struct http_field *f = find(r, "X-Forwarded-For");
	struct text *address = &r->parts.address;
	struct text before;

	if (f == NULL)
		return;
	*address = f->value;
	while (text_cut(address, ',', &before))
		continue;
	f->value.len -= address->len;
	if (f->value.len > 0)
		f->value.len--; /* the comma */
	f->value = text_trim(f->value);
	f->skip = f->value.len == 0;
	*address = text_trim(*address);
}

bool
http_head_read(struct http_head *out, const char *bytes, size_t len,
	       struct problem *p)
{
	struct reading r = {.rest = {bytes, len}, .p = p};

	*out = (struct http_head){0};
	if (!read_request_line(&r) || !read_fields(&r) ||
	    !check_duplicates(&r) || !check_host(&r) || !check_no_body(&r))
		return false;
	take_address(&r);
	buf_init(&out->bytes, SIZE_MAX);
	out->variables = http_variables_put(&out->bytes, &r.parts);
	return true;
}

void
http_head_free(struct http_head *head)
{
	buf_free(&head->bytes);
	free(head->variables);
	*head = (struct http_head){0};
}
