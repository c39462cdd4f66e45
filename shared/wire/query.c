/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/wire/query.h"

#include <string.h>

#include "shared/base/number.h"

/* Decodes [from, end) onto itself and puts a NUL after it: *end is free to be
 * overwritten, being a separator or the room the caller left. */
static size_t
decode(char *from, const char *end)
{
	const char *in = from;
	char *out = from;

	while (in < end) {
		char c = *in++;

		if (c == '+') {
			c = ' ';
		} else if (c == '%' && end - in >= 2 &&
			   number_hex_digit(in[0]) >= 0 &&
			   number_hex_digit(in[1]) >= 0) {
			c = (char)(number_hex_digit(in[0]) << 4 |
				   number_hex_digit(in[1]));
			in += 2;
		}
		*out++ = c;
	}
	*out = '\0';
	return (size_t)(out - from);
}

void
query_init(struct query *q, char *text, size_t len)
{
	q->at = text;
	q->end = text + len;
}

bool
query_next(struct query *q, struct query_pair *pair)
{
	char *stop, *equals;

	while (q->at < q->end && *q->at == '&')
		q->at++;
	if (q->at == q->end)
		return false;
	stop = memchr(q->at, '&', (size_t)(q->end - q->at));
	if (stop == NULL)
		stop = q->end;
	equals = memchr(q->at, '=', (size_t)(stop - q->at));
	pair->name = q->at;
	pair->value = equals == NULL ? stop : equals + 1;
	pair->value_len = decode(pair->value, stop);
	pair->name_len = decode(pair->name, equals == NULL ? stop : equals);
	q->at = stop == q->end ? stop : stop + 1;
	return true;
}
