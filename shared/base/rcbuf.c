/* SPDX-License-Identifier: MIT */
/*
 * rcbuf.c - counted references to bytes.
 */
#include "config.h"

#include "shared/base/rcbuf.h"

#include <stdlib.h>
#include <string.h>

struct rcbuf *
rcbuf_new(const void *bytes, size_t len)
{
	struct rcbuf *b = malloc(sizeof *b + len);

	if (b == NULL)
		return NULL;
	b->refs = 1;
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
