/* SPDX-License-Identifier: MIT */
/*
 * lines.h - cuts what comes into lines, or keeps it until it is whole.
 */
#ifndef BENCH_LOAD_LINES_H
#define BENCH_LOAD_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct lines {
	char *kept; /* the beginning of a line; NULL most of the time */
	size_t len;
};

/* `line` is without its line break, and valid until the function returns. */
typedef void line_fn(void *arg, const char *line, size_t len);

/* Calls `fn` for each line that becomes whole. False: out of memory, or a line
 * has more than a megabyte. */
bool lines_take(struct lines *l, const char *bytes, size_t len, line_fn *fn,
		void *arg);

/* Keeps the bytes, without looking for line breaks. False as above. */
bool lines_keep(struct lines *l, const char *bytes, size_t len);

void lines_free(struct lines *l);

#endif
