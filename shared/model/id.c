/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/id.h"

#include "shared/base/buf.h"
#include "shared/base/number.h"

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

bool
id_parse(struct id *out, struct text text)
{
	const char *at = text.bytes;
	const char *end = at + text.len;
	struct id id;

	if (!number_take(&id.ms, &at, end, UINT64_MAX) || at == end ||
	    *at++ != '-' || !number_take(&id.seq, &at, end, UINT64_MAX) ||
	    at != end)
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

void
id_put(struct buf *out, struct id id)
{
	char text[ID_TEXT_SIZE];

	buf_put(out, text, id_format(text, id));
}
