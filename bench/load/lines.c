/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/load/lines.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1024 * 1024 };

void
lines_free(struct lines *l)
{
	free(l->kept);
	l->kept = NULL;
	l->len = 0;
}

bool
lines_keep(struct lines *l, const char *bytes, size_t len)
{
	char *grown;

	if (len == 0)
		return true;
	if (l->len + len > LINE_MAX_BYTES)
		return false;
	grown = realloc(l->kept, l->len + len);
	if (!grown)
		return false;
	memcpy(grown + l->len, bytes, len);
	l->kept = grown;
	l->len += len;
	return true;
}

static void
give(const char *line, size_t len, line_fn *fn, void *arg)
{
	if (len > 0 && line[len - 1] == '\r')
		len--;
	fn(arg, line, len);
}

bool
lines_take(struct lines *l, const char *bytes, size_t len, line_fn *fn,
	   void *arg)
{
	const char *end = bytes + len, *brk;

	while ((brk = memchr(bytes, '\n', (size_t)(end - bytes)))) {
		if (l->kept) {
			if (!lines_keep(l, bytes, (size_t)(brk - bytes)))
				return false;
			give(l->kept, l->len, fn, arg);
			lines_free(l);
		} else {
			give(bytes, (size_t)(brk - bytes), fn, arg);
		}
		bytes = brk + 1;
	}
	return lines_keep(l, bytes, (size_t)(end - bytes));
}
