/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/feed.h"

#include <string.h>
#include <strings.h>

/* What a piece of a response is read with. */
struct sink {
	feed_fn *fn;
	void *arg;
};

void
feed_init(struct feed *f, bool websocket)
{
	memset(f, 0, sizeof(*f));
	f->what = FEED_FOREIGN;
	f->websocket = websocket;
}

void
feed_free(struct feed *f)
{
	frames_free(&f->frames);
}

/* Where the value of a line begins when its field is `name`, else 0. */
static size_t
value_of(const struct feed *f, const char *name)
{
	size_t n = strlen(name);

	if (f->line_len < n || memcmp(f->line, name, n) != 0)
		return 0;
	return (f->line_len > n && f->line[n] == ' ') ? n + 1 : n;
}

static void
dispatch(struct feed *f, const struct sink *sink)
{
	if (f->n_data > 1)
		f->what = FEED_FOREIGN;
	if (f->n_data > 0)
		sink->fn(sink->arg, f->what,
			 f->what == FEED_MESSAGE ? &f->at : NULL);
	f->what = FEED_FOREIGN;
	f->n_data = 0;
}

static void
take_event_line(struct feed *f, const struct sink *sink)
{
	size_t v;

	if (f->line_len == 0) {
		dispatch(f, sink);
	} else if ((v = value_of(f, "data:")) > 0) {
		f->n_data++;
		if (f->what == FEED_FOREIGN &&
		    stamp_read(&f->at, f->line + v, f->line_len - v))
			f->what = FEED_MESSAGE;
	} else if ((v = value_of(f, "event:")) > 0) {
		if (f->line_len - v == 6 && !memcmp(f->line + v, "cursor", 6))
			f->what = FEED_CURSOR;
		else if (f->line_len - v == 3 && !memcmp(f->line + v, "gap", 3))
			f->what = FEED_GAP;
	}
}

static bool
take_head_line(struct feed *f, const struct sink *sink)
{
	static const char coding[] = "transfer-encoding: chunked";
	const char *want = f->websocket ? "HTTP/1.1 101" : "HTTP/1.1 200";

	if (f->state == FEED_STATUS) {
		f->state = FEED_HEAD;
		return f->line_len >= 12 && !memcmp(f->line, want, 12);
	}
	if (f->line_len == 0) {
		f->state = f->websocket ? FEED_FRAMES
			   : f->chunked ? FEED_SIZE
					: FEED_PLAIN;
		sink->fn(sink->arg, FEED_OPEN, NULL);
	} else if (f->line_len == sizeof(coding) - 1 &&
		   !strncasecmp(f->line, coding, sizeof(coding) - 1)) {
		f->chunked = true;
	}
	return true;
}

/* Adds to the line; returns what was used of it. `*whole`: a line break was
 * among it, and is not part of the line. */
static size_t
take_line(struct feed *f, const char *s, size_t len, bool *whole)
{
	const char *brk = memchr(s, '\n', len);
	size_t n = brk ? (size_t)(brk - s) : len;

	if (f->line_len < FEED_LINE) {
		size_t room = FEED_LINE - f->line_len;

		memcpy(f->line + f->line_len, s, n < room ? n : room);
	}
	f->line_len += n;
	*whole = brk != NULL;
	if (!brk)
		return n;
	if (f->line_len > 0 && f->line_len <= FEED_LINE &&
	    f->line[f->line_len - 1] == '\r')
		f->line_len--;
	return n + 1;
}

static void
take_events(struct feed *f, const char *s, size_t len, const struct sink *sink)
{
	bool whole;

	while (len > 0) {
		size_t n = take_line(f, s, len, &whole);

		s += n;
		len -= n;
		if (whole) {
			take_event_line(f, sink);
			f->line_len = 0;
		}
	}
}

static size_t
take_head(struct feed *f, const char *s, size_t len, const struct sink *sink)
{
	bool whole;
	size_t n = take_line(f, s, len, &whole);

	if (whole) {
		if (!take_head_line(f, sink))
			f->state = FEED_ENDED;
		f->line_len = 0;
	}
	return n;
}

/* One byte of the line before a chunk, or of the line break after it. */
static void
take_chunk_byte(struct feed *f, char c)
{
	static const char hex[] = "0123456789abcdef";
	const char *digit = memchr(hex, c | 0x20, sizeof(hex) - 1);

	if (c == '\n') {
		if (f->state == FEED_CHUNK_END)
			f->state = FEED_SIZE;
		else
			f->state = f->left > 0 ? FEED_CHUNK : FEED_ENDED;
	} else if (f->state == FEED_SIZE && digit) {
		f->left = f->left * 16 + (size_t)(digit - hex);
	} else if (f->state == FEED_SIZE) {
		f->state = FEED_SIZE_REST;
	}
}

bool
feed_take(struct feed *f, const char *bytes, size_t len, feed_fn *fn, void *arg)
{
	const struct sink sink = {.fn = fn, .arg = arg};
	size_t n;

	for (; len > 0 && f->state != FEED_ENDED; bytes += n, len -= n) {
		n = 1;
		if (f->state == FEED_PLAIN) {
			n = len;
			take_events(f, bytes, n, &sink);
		} else if (f->state == FEED_FRAMES) {
			n = len;
			if (!frames_take(&f->frames, bytes, n, fn, arg))
				f->state = FEED_ENDED;
		} else if (f->state == FEED_CHUNK) {
			n = len < f->left ? len : f->left;
			take_events(f, bytes, n, &sink);
			f->left -= n;
			if (f->left == 0)
				f->state = FEED_CHUNK_END;
		} else if (f->state <= FEED_HEAD) {
			n = take_head(f, bytes, len, &sink);
		} else {
			take_chunk_byte(f, *bytes);
		}
	}
	return f->state != FEED_ENDED;
}
