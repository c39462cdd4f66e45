/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/wire/query.h"

#include <string.h>

#include "shared/base/number.h"

/* Decodes [from, end) in place and appends a NUL, perhaps at *end, which is a
 * separator or the room for the last NUL. */
static struct text
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
	return (struct text){from, (size_t)(out - from)};
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
	if (equals == NULL)
		equals = stop;
	pair->value = decode(equals < stop ? equals + 1 : stop, stop);
	pair->name = decode(q->at, equals);
	q->at = stop == q->end ? stop : stop + 1;
	return true;
}
