/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/formats.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"

struct stored_format {
	struct format format; /* first: the key of the tree */
	size_t users;
};

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct format));
}

const struct format *
formats_get(struct formats *all, const struct format *format)
{
	void *const *node = tfind(format, &all->tree, compare);
	struct stored_format *stored;

	if (node != NULL) {
		stored = *node;
	} else {
		stored = xcalloc(1, sizeof(*stored));
		stored->format = *format;
		if (tsearch(stored, &all->tree, compare) == NULL)
			xalloc_failed();
	}
	stored->users++;
	return &stored->format;
}

void
formats_release(struct formats *all, const struct format *format)
{
	struct stored_format *stored =
	    (struct stored_format *)(uintptr_t)format;

	if (--stored->users > 0)
		return;
	tdelete(stored, &all->tree, compare);
	free(stored);
}
