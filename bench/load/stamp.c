/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/load/stamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Offsets of what a stamp begins with. */
enum {
	CHANNEL = 1,
	CHANNEL_DIGITS = 7,
	SEQUENCE = CHANNEL + CHANNEL_DIGITS + 1,
	SEQUENCE_DIGITS = 10,
	SENT = SEQUENCE + SEQUENCE_DIGITS + 1,
	SENT_DIGITS = 20,
	PADDING = SENT + SENT_DIGITS + 1
};

void
stamp_write(char *out, size_t size, const struct stamp *stamp)
{
	char text[PADDING + 1];
	uint32_t noise = stamp->sequence * 2654435761u + stamp->channel;

	snprintf(text, sizeof(text),
		 "M%07" PRIu32 ".%010" PRIu32 ".%020" PRIu64 ".",
		 stamp->channel % 10000000, stamp->sequence, stamp->sent_ns);
	memcpy(out, text, PADDING);
	for (size_t i = PADDING; i < size - 1; i++) {
		noise = noise * 1664525 + 1013904223;
		out[i] = (char)('a' + (noise >> 24) % 26);
	}
	out[size - 1] = 'E';
}

/* Reads `width` digits and the dot after them. */
static bool
read_number(const char *s, size_t width, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < width; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*value = *value * 10 + (uint64_t)(s[i] - '0');
	}
	return s[width] == '.';
}

static bool
read_numbers(const char *s, struct stamp *out)
{
	uint64_t channel, sequence;

	if (!read_number(s + CHANNEL, CHANNEL_DIGITS, &channel) ||
	    !read_number(s + SEQUENCE, SEQUENCE_DIGITS, &sequence) ||
	    !read_number(s + SENT, SENT_DIGITS, &out->sent_ns))
		return false;
	out->channel = (uint32_t)channel;
	out->sequence = (uint32_t)sequence;
	return true;
}

bool
stamp_find(const char **at, const char *end, struct stamp *out)
{
	const char *s = *at, *p;

	while (end - s >= STAMP_MIN) {
		s = memchr(s, 'M', (size_t)(end - s - STAMP_MIN) + 1);
		if (!s)
			return false;
		if (!read_numbers(s, out)) {
			s++;
			continue;
		}
		for (p = s + PADDING; p < end && *p >= 'a' && *p <= 'z';)
			p++;
		if (p < end && *p == 'E')
			p++;
		out->bytes = (size_t)(p - s);
		*at = p;
		return true;
	}
	return false;
}
