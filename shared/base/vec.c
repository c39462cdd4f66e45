/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/vec.h"

#include "shared/base/xalloc.h"

void *
vec_grow(void *at, size_t count, size_t *room, size_t size)
{
	if (at != NULL && count < *room)
		return at;
	*room = *room > 0 ? 2 * *room : 1;
	return xreallocarray(at, *room, size);
}
