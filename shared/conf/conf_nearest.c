/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/conf_nearest.h"

#include <stdint.h>
#include <string.h>

enum { DISTANCE_MAX = 4 };

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
alike(struct text a, size_t i, struct text b, size_t k)
{
	return lower(a.bytes[i]) == lower(b.bytes[k]);
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Row i, column k: the distance of the first i bytes of `a` to the first k of
 * `b`. Both are at most CONF_NEAREST_MAX bytes long. */
static size_t
distance(struct text a, struct text b)
{
	size_t rows[3][CONF_NEAREST_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t k = 0; k <= b.len; k++)
		row[k] = k;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *next = before;

		before = above;
		above = row;
		row = next;
		row[0] = i;
		for (size_t k = 1; k <= b.len; k++) {
			row[k] = least(above[k], row[k - 1]) + 1;
			row[k] = least(row[k], above[k - 1] +
						   !alike(a, i - 1, b, k - 1));
			if (i > 1 && k > 1 && alike(a, i - 1, b, k - 2) &&
			    alike(a, i - 2, b, k - 1))
				row[k] = least(row[k], before[k - 2] + 1);
		}
	}
	return row[b.len];
}

void
conf_nearest_begin(struct conf_nearest *n, struct text wanted)
{
	*n = (struct conf_nearest){.wanted = wanted, .distance = SIZE_MAX};
}

void
conf_nearest_try(struct conf_nearest *n, struct text known, size_t which,
		 size_t more)
{
	size_t d;

	if (known.len > CONF_NEAREST_MAX || n->wanted.len > CONF_NEAREST_MAX)
		return;
	d = distance(n->wanted, known) + more;
	if (d == n->distance && which != n->which)
		n->is_tie = true;
	if (d >= n->distance)
		return;
	n->is_tie = false;
	n->distance = d;
	n->which = which;
}

bool
conf_nearest_found(const struct conf_nearest *n)
{
	size_t limit = least((n->wanted.len + 1) / 3, DISTANCE_MAX);

	return n->distance <= limit && !n->is_tie;
}
