/* SPDX-License-Identifier: MIT */
/*
 * token_cache.h - what is known of tokens that were verified.
 *
 * Up to 1024 tokens and 1 MB of their texts; the least recently used leaves.
 * A token is found by a hash of all its bytes with a random start, and then
 * compared in full, in constant time: who guesses at tokens learns nothing.
 */
#ifndef SHARED_ACCESS_TOKEN_CACHE_H
#define SHARED_ACCESS_TOKEN_CACHE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

enum {
	TOKEN_CACHE_MAX = 1024,		    /* tokens */
	TOKEN_CACHE_BYTES_MAX = 1024 * 1024 /* of their texts */
};

struct token_cache_entry;

struct token_cache {
	void *tree; /* of entries, by hash (tsearch(3)) */
	/* the least recently used first */
	TAILQ_HEAD(token_cache_order, token_cache_entry) order;
	size_t count, bytes;
	uint64_t seed;
	void (*drop)(void *value);
};

/* `drop` frees a value that leaves. */
void token_cache_init(struct token_cache *c, void (*drop)(void *value));

/* Drops all values. */
void token_cache_clear(struct token_cache *c);

/* NULL: not there. It becomes the most recently used. Borrowed until the next
 * call. */
void *token_cache_find(struct token_cache *c, struct text token) MUST_USE;

/* Copies the token and takes the value. What was there for it is dropped. */
void token_cache_put(struct token_cache *c, struct text token, void *value);

/* Drops the value of a token, if there is one. */
void token_cache_remove(struct token_cache *c, struct text token);

#endif
