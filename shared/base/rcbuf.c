/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/rcbuf.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"

struct rcbuf *
rcbuf_new(const void *bytes, size_t len)
{
	struct rcbuf *b = xmalloc(sizeof(*b) + len);

	b->refs = 1;
	b->queued = 0;
	b->len = len;
	if (len > 0)
		memcpy(b->bytes, bytes, len);
	return b;
}

struct rcbuf *
rcbuf_ref(struct rcbuf *b)
{
	if (b != NULL)
		b->refs++;
	return b;
}

void
rcbuf_unref(struct rcbuf *b)
{
	if (b != NULL && --b->refs == 0)
		free(b);
}
