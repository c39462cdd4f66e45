/* SPDX-License-Identifier: MIT */
/*
 * conf_nearest.h - the known name that a mistyped one is most like.
 *
 *	conf_nearest_begin(&n, "tmieout");
 *	for (...)
 *		conf_nearest_try(&n, known[i], i, 0);
 *	if (conf_nearest_found(&n))
 *		... known[n.which]
 *
 * How unlike two names are is the number of bytes to insert, remove, change or
 * swap with the next one (optimal string alignment distance). Upper and lower
 * case are alike.
 */
#ifndef SHARED_CONF_CONF_NEAREST_H
#define SHARED_CONF_CONF_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

enum { CONF_NEAREST_MAX = 64 }; /* bytes; a longer name is like none */

struct conf_nearest {
	struct text wanted; /* borrowed */
	size_t which;	    /* of the nearest one, as the caller counts */
	size_t distance;
	bool is_tie; /* another one is as near */
};

void conf_nearest_begin(struct conf_nearest *n, struct text wanted);

/* `more` is added to the distance. */
void conf_nearest_try(struct conf_nearest *n, struct text known, size_t which,
		      size_t more);

/* True: one is near, at most one byte in three and 4 differ, and no other is
 * as near. */
bool conf_nearest_found(const struct conf_nearest *n) MUST_USE;

#endif
