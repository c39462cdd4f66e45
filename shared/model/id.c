/* SPDX-License-Identifier: MIT */
/*
 * id.c - ids as text.
 */
#include "config.h"

#include "shared/model/id.h"

#include "shared/base/buf.h"

static int
compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int
id_compare(struct id a, struct id b)
{
	return a.ms != b.ms ? compare(a.ms, b.ms) : compare(a.seq, b.seq);
}

/* Reads digits from `*at` on and moves it past them. */
static bool
take_number(uint64_t *out, const char **at, const char *end)
{
	const char *first = *at;
	uint64_t n = 0;

	for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
		uint64_t digit = (uint64_t)(**at - '0');

		if (n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return *at > first && (*first != '0' || *at == first + 1);
}

bool
id_parse(struct id *out, const char *text, size_t len)
{
	const char *at = text;
	const char *end = text + len;
	struct id id;

	if (!take_number(&id.ms, &at, end) || at == end || *at++ != '-' ||
	    !take_number(&id.seq, &at, end) || at != end)
		return false;
	*out = id;
	return true;
}

size_t
id_format(char text[ID_TEXT_SIZE], struct id id)
{
	size_t len = buf_decimal(text, id.ms);

	text[len++] = '-';
	len += buf_decimal(text + len, id.seq);
	text[len] = '\0';
	return len;
}
