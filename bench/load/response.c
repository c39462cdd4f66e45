/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/load/response.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
response_init(struct response *r)
{
	memset(r, 0, sizeof(*r));
}

/* Adds to the line; returns what was used of it. `*whole`: a line break was
 * among it, and is not part of the line, which ends with a NUL. */
static size_t
take_line(struct response *r, const char *s, size_t len, bool *whole)
{
	const char *brk = memchr(s, '\n', len);
	size_t n = brk ? (size_t)(brk - s) : len;
	size_t room = sizeof(r->line) - 1;

	if (r->line_len < room) {
		room -= r->line_len;
		memcpy(r->line + r->line_len, s, n < room ? n : room);
	}
	r->line_len += n;
	*whole = brk != NULL;
	if (!brk)
		return n;
	if (r->line_len > sizeof(r->line) - 1)
		r->line_len = sizeof(r->line) - 1;
	else if (r->line_len > 0 && r->line[r->line_len - 1] == '\r')
		r->line_len--;
	r->line[r->line_len] = '\0';
	return n + 1;
}

/* The value of a line of the head when its field is `name`, else NULL. */
static const char *
value_of(const struct response *r, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(r->line, name, n) != 0 || r->line[n] != ':')
		return NULL;
	return r->line + n + 1 + strspn(r->line + n + 1, " ");
}

static bool
take_status(struct response *r)
{
	if (r->line_len < 12 || memcmp(r->line, "HTTP/1.", 7) != 0)
		return false;
	r->status = (unsigned int)strtoul(r->line + 9, NULL, 10);
	r->chunked = r->counted = false;
	r->closes = r->line[7] == '0';
	r->left = 0;
	r->state = RESPONSE_HEAD;
	return true;
}

static void
take_field(struct response *r, const struct response_sink *sink)
{
	const char *value;

	if ((value = value_of(r, "Transfer-Encoding")))
		r->chunked = strcasestr(value, "chunked") != NULL;
	else if ((value = value_of(r, "Connection")))
		r->closes = strcasestr(value, "close") != NULL;
	else if ((value = value_of(r, "Content-Length"))) {
		r->counted = true;
		r->left = strtoull(value, NULL, 10);
	}
	if (sink->field)
		sink->field(sink->arg, r->line, r->line_len);
}

static bool
end(struct response *r, const struct response_sink *sink)
{
	r->state = RESPONSE_STATUS;
	return sink->end(sink->arg);
}

static bool
take_end_of_head(struct response *r, const struct response_sink *sink)
{
	bool bodyless = r->status == 204 || r->status == 304;

	if (r->status == 100) {
		r->state = RESPONSE_STATUS;
		return true;
	}
	if (r->status == 101 || !(r->chunked || r->counted || bodyless))
		r->state = RESPONSE_ENDLESS;
	else
		r->state = r->chunked ? RESPONSE_SIZE : RESPONSE_COUNTED;
	if (!sink->head(sink->arg, r->status))
		return false;
	if (bodyless || (r->state == RESPONSE_COUNTED && r->left == 0))
		return end(r, sink);
	return true;
}

static bool
take_head(struct response *r, const char *s, size_t len, size_t *used,
	  const struct response_sink *sink)
{
	bool whole, good = true;

	*used = take_line(r, s, len, &whole);
	if (!whole)
		return true;
	if (r->state == RESPONSE_STATUS)
		good = take_status(r);
	else if (r->line_len > 0)
		take_field(r, sink);
	else
		good = take_end_of_head(r, sink);
	r->line_len = 0;
	return good;
}

static bool
take_body(struct response *r, const char *s, size_t len, size_t *used,
	  const struct response_sink *sink)
{
	*used = len;
	if (r->state == RESPONSE_ENDLESS)
		return sink->body(sink->arg, s, len);
	if (len > r->left)
		*used = (size_t)r->left;
	r->left -= *used;
	if (!sink->body(sink->arg, s, *used))
		return false;
	if (r->left > 0)
		return true;
	if (r->state == RESPONSE_COUNTED)
		return end(r, sink);
	r->state = RESPONSE_CHUNK_END;
	return true;
}

/* One byte of the line before a chunk, of the line break after it, or of the
 * lines after the last chunk. */
static bool
take_chunk_byte(struct response *r, char c, const struct response_sink *sink)
{
	static const char hex[] = "0123456789abcdef";
	const char *digit = memchr(hex, c | 0x20, sizeof(hex) - 1);

	if (r->state == RESPONSE_LAST) {
		r->line_len += c != '\r' && c != '\n';
		if (c != '\n')
			return true;
		if (r->line_len == 0)
			return end(r, sink);
		r->line_len = 0;
	} else if (c == '\n') {
		if (r->state == RESPONSE_CHUNK_END)
			r->state = RESPONSE_SIZE;
		else
			r->state = r->left > 0 ? RESPONSE_CHUNK : RESPONSE_LAST;
	} else if (r->state == RESPONSE_SIZE && digit) {
		r->left = r->left * 16 + (uint64_t)(digit - hex);
	} else if (r->state == RESPONSE_SIZE) {
		r->state = RESPONSE_SIZE_REST;
	}
	return true;
}

bool
response_take(struct response *r, const char *bytes, size_t len,
	      const struct response_sink *sink)
{
	bool good = r->state != RESPONSE_BROKEN;
	size_t n;

	for (; good && len > 0; bytes += n, len -= n) {
		n = 1;
		if (r->state == RESPONSE_CHUNK ||
		    r->state == RESPONSE_COUNTED ||
		    r->state == RESPONSE_ENDLESS)
			good = take_body(r, bytes, len, &n, sink);
		else if (r->state <= RESPONSE_HEAD)
			good = take_head(r, bytes, len, &n, sink);
		else
			good = take_chunk_byte(r, *bytes, sink);
	}
	if (!good)
		r->state = RESPONSE_BROKEN;
	return good;
}
