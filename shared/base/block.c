/* SPDX-License-Identifier: MIT */
/*
 * block.c - counted references to bytes.
 */
#include "config.h"

#include "shared/base/block.h"

#include <stdlib.h>
#include <string.h>

struct block *
block_new(const void *bytes, size_t len)
{
	struct block *b = malloc(sizeof *b + len);

	if (b == NULL)
		return NULL;
	b->refs = 1;
	b->len = len;
	if (len > 0)
		memcpy(b->bytes, bytes, len);
	return b;
}

struct block *
block_ref(struct block *b)
{
	if (b != NULL)
		b->refs++;
	return b;
}

void
block_unref(struct block *b)
{
	if (b != NULL && --b->refs == 0)
		free(b);
}
