/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/token_cache.h"

#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "shared/base/clock.h"
#include "shared/base/xalloc.h"

struct token_cache_entry {
	uint64_t hash; /* first: the tree compares entries by it */
	void *value;
	TAILQ_ENTRY(token_cache_entry) order;
	size_t len;
	char token[];
};

/* --- the tree ------------------------------------------------------------- */

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t
hash_of(const struct token_cache *c, struct text token)
{
	uint64_t hash = c->seed;

	for (size_t i = 0; i < token.len; i++) {
		hash ^= (unsigned char)token.bytes[i];
		hash *= UINT64_C(0x100000001b3);
	}
	return hash;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x == *y ? 0 : *x < *y ? -1 : 1;
}

static struct token_cache_entry *
look_up(const struct token_cache *c, uint64_t hash)
{
	struct token_cache_entry *const *node = tfind(&hash, &c->tree, compare);

	return node != NULL ? *node : NULL;
}

static bool
is_of(const struct token_cache_entry *e, struct text token)
{
	return text_equals_secret((struct text){e->token, e->len}, token);
}

/* --- entries -------------------------------------------------------------- */

static void
drop_entry(struct token_cache *c, struct token_cache_entry *e)
{
	tdelete(e, &c->tree, compare);
	TAILQ_REMOVE(&c->order, e, order);
	c->count--;
	c->bytes -= e->len;
	c->drop(e->value);
	explicit_bzero(e->token, e->len);
	free(e);
}

void
token_cache_init(struct token_cache *c, void (*drop)(void *value))
{
	*c = (struct token_cache){.drop = drop};
	TAILQ_INIT(&c->order);
	if (getrandom(&c->seed, sizeof(c->seed), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(c->seed))
		c->seed = clock_ms();
}

void
token_cache_clear(struct token_cache *c)
{
	while (!TAILQ_EMPTY(&c->order))
		drop_entry(c, TAILQ_FIRST(&c->order));
}

void *
token_cache_find(struct token_cache *c, struct text token)
{
	struct token_cache_entry *e = look_up(c, hash_of(c, token));

	if (e == NULL || !is_of(e, token))
		return NULL;
	TAILQ_REMOVE(&c->order, e, order);
	TAILQ_INSERT_TAIL(&c->order, e, order);
	return e->value;
}

void
token_cache_put(struct token_cache *c, struct text token, void *value)
{
	uint64_t hash = hash_of(c, token);
	struct token_cache_entry *e = look_up(c, hash);

	if (e != NULL)
		drop_entry(c, e);
	while (!TAILQ_EMPTY(&c->order) &&
	       (c->count >= TOKEN_CACHE_MAX ||
		c->bytes + token.len > TOKEN_CACHE_BYTES_MAX))
		drop_entry(c, TAILQ_FIRST(&c->order));
	e = xmalloc(sizeof(*e) + token.len);
	e->hash = hash;
	e->value = value;
	e->len = token.len;
	if (token.len > 0)
		memcpy(e->token, token.bytes, token.len);
	if (tsearch(e, &c->tree, compare) == NULL)
		xalloc_failed();
	TAILQ_INSERT_TAIL(&c->order, e, order);
	c->count++;
	c->bytes += token.len;
}

void
token_cache_remove(struct token_cache *c, struct text token)
{
	struct token_cache_entry *e = look_up(c, hash_of(c, token));

	if (e != NULL && is_of(e, token))
		drop_entry(c, e);
}
