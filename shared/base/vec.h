/* SPDX-License-Identifier: MIT */
/*
 * vec.h - growing arrays.
 *
 *	struct { struct item *at; size_t count, room; } items = {0};
 *
 *	items.at = vec_grow(items.at, items.count, &items.room,
 *			    sizeof(*items.at));
 *	items.at[items.count++] = item;
 */
#ifndef SHARED_BASE_VEC_H
#define SHARED_BASE_VEC_H

#include <stddef.h>

#include "shared/base/attributes.h"

/*
 * Makes room for one more item of `size` bytes after the first `count`. A full
 * array doubles. Returns the array, which may have moved, and sets `*room` to
 * the number of items that fit. Free with free().
 */
void *vec_grow(void *at, size_t count, size_t *room,
	       size_t size) MUST_USE RETURNS_NONNULL;

#endif
