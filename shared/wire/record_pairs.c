/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/wire/record_pairs.h"

#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/wire/record.h"

/* The contents of whole records, as one stream. */
struct stream {
	const uint8_t *at, *end;
	size_t left; /* of the current record */
};

/* Goes to the next byte of content. False: there is none. */
static bool
has_more(struct stream *s)
{
	while (s->left == 0) {
		if (s->end - s->at < RECORD_HEADER_SIZE)
			return false;
		s->left = (size_t)s->at[4] << 8 | s->at[5];
		s->at += RECORD_HEADER_SIZE;
	}
	return true;
}

static bool
get_byte(struct stream *s, uint32_t *byte)
{
	if (!has_more(s))
		return false;
	*byte = *s->at++;
	s->left--;
	return true;
}

static bool
skip(struct stream *s, uint32_t n)
{
	while (n > 0) {
		size_t step;

		if (!has_more(s))
			return false;
		step = s->left < n ? s->left : n;
		s->at += step;
		s->left -= step;
		n -= (uint32_t)step;
	}
	return true;
}

/* One byte, or four with the highest bit set. */
static bool
get_length(struct stream *s, uint32_t *len)
{
	uint32_t byte;

	if (!get_byte(s, len))
		return false;
	if (*len < 0x80)
		return true;
	*len &= 0x7f;
	for (int i = 0; i < 3; i++) {
		if (!get_byte(s, &byte))
			return false;
		*len = *len << 8 | byte;
	}
	return true;
}

bool
record_pairs_fit(const struct buf *head)
{
	struct stream s = {.at = (const uint8_t *)head->bytes};
	uint32_t name, value;

	s.end = s.at + head->len;
	/* the content of BEGIN_REQUEST is none of them */
	if (!has_more(&s) || !skip(&s, (uint32_t)s.left))
		return false;
	while (has_more(&s))
		if (!get_length(&s, &name) || !get_length(&s, &value) ||
		    !skip(&s, name) || !skip(&s, value))
			return false;
	return true;
}
