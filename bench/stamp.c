/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/stamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
stamp_write(char *out, size_t size, const struct stamp *stamp)
{
	char text[STAMP_SIZE + 1];
	uint32_t noise = stamp->sequence * 2654435761u + stamp->channel;

	snprintf(text, sizeof(text),
		 "%010" PRIu32 ".%010" PRIu32 ".%020" PRIu64 ".",
		 stamp->channel, stamp->sequence, stamp->sent_ns);
	memcpy(out, text, STAMP_SIZE);
	for (size_t i = STAMP_SIZE; i < size; i++) {
		noise = noise * 1664525 + 1013904223;
		out[i] = (char)('a' + (noise >> 24) % 26);
	}
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

bool
stamp_read(struct stamp *out, const char *s, size_t len)
{
	uint64_t channel, sequence;

	if (len < STAMP_SIZE || !read_number(s, 10, &channel) ||
	    !read_number(s + 11, 10, &sequence) ||
	    !read_number(s + 22, 20, &out->sent_ns))
		return false;
	out->channel = (uint32_t)channel;
	out->sequence = (uint32_t)sequence;
	out->bytes = len;
	out->packed = false;
	return true;
}
