/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/pending_requests.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/xalloc.h"

enum { BUCKETS = 4096 };

/* --- one ------------------------------------------------------------------ */

struct pending_request *
pending_request_new(const struct tcp_identity *id, const struct request *r)
{
	size_t bytes = sizeof(struct pending_request) + request_size(r);
	struct pending_request *p = xmalloc(bytes);

	memset(p, 0, sizeof(*p));
	p->id = *id;
	p->bytes = bytes;
	request_copy(&p->request, p + 1, r);
	return p;
}

void
pending_request_free(struct pending_request *p)
{
	free(p);
}

/* --- all ------------------------------------------------------------------ */

static struct pending_bucket *
bucket_of(struct pending_requests *all, const struct tcp_identity *id)
{
	return &all->buckets[host_hash(&all->key, id, sizeof(*id)) % BUCKETS];
}

static void
take_out(struct pending_requests *all, struct pending_request *p)
{
	TAILQ_REMOVE(&all->by_age, p, by_age);
	LIST_REMOVE(p, in_bucket);
	all->count--;
	all->bytes -= p->bytes;
}

static void
forget_oldest(struct pending_requests *all)
{
	struct pending_request *p = TAILQ_FIRST(&all->by_age);

	take_out(all, p);
	pending_request_free(p);
}

static uint64_t
age(const struct pending_request *p)
{
	return clock_ms() - p->since;
}

static void
await_expiry(struct pending_requests *all)
{
	const struct pending_request *first = TAILQ_FIRST(&all->by_age);

	if (first != NULL)
		wheel_set(all->wheel, &all->expiry,
			  age(first) < PENDING_KNOWN_MS
			      ? PENDING_KNOWN_MS - age(first)
			      : 0);
}

static void
expire(void *arg)
{
	struct pending_requests *all = arg;
	const struct pending_request *first;

	while ((first = TAILQ_FIRST(&all->by_age)) != NULL &&
	       age(first) >= PENDING_KNOWN_MS)
		forget_oldest(all);
	await_expiry(all);
}

void
pending_requests_init(struct pending_requests *all, struct wheel *wheel)
{
	memset(all, 0, sizeof(*all));
	all->wheel = wheel;
	all->expiry.fire = expire;
	all->expiry.arg = all;
	TAILQ_INIT(&all->by_age);
}

void
pending_requests_free(struct pending_requests *all)
{
	while (all->count > 0)
		forget_oldest(all);
	wheel_clear(all->wheel, &all->expiry);
	free(all->buckets);
	all->buckets = NULL;
}

static void
make_buckets(struct pending_requests *all)
{
	ssize_t n = getrandom(&all->key, sizeof(all->key), GRND_NONBLOCK);

	(void)n; /* without, a collision costs a walk of PENDING_MAX */
	all->buckets = xcalloc(BUCKETS, sizeof(*all->buckets));
}

static void
make_room(struct pending_requests *all, size_t bytes)
{
	while (all->count > 0 && (all->count >= PENDING_MAX ||
				  all->bytes + bytes > PENDING_BYTES))
		forget_oldest(all);
}

static struct pending_request *
find(struct pending_requests *all, const struct tcp_identity *id)
{
	struct pending_request *p;

	if (all->count == 0)
		return NULL;
	LIST_FOREACH(p, bucket_of(all, id), in_bucket)
		if (tcp_identity_equals(&p->id, id))
			return p;
	return NULL;
}

/* Apache asked about one request twice. */
static bool
is_same(const struct pending_request *a, const struct pending_request *b)
{
	char *const *x = a->request.variables, *const *y = b->request.variables;

	while (*x != NULL && *y != NULL && strcmp(*x, *y) == 0) {
		x++;
		y++;
	}
	return *x == NULL && *y == NULL;
}

void
pending_requests_add(struct pending_requests *all, struct pending_request *p)
{
	struct pending_request *older = find(all, &p->id);

	if (all->buckets == NULL)
		make_buckets(all);
	if (older != NULL) {
		p->ambiguous = age(older) < PENDING_KNOWN_MS &&
			       (older->ambiguous || !is_same(older, p));
		take_out(all, older);
		pending_request_free(older);
	}
	make_room(all, p->bytes);
	p->since = clock_ms();
	TAILQ_INSERT_TAIL(&all->by_age, p, by_age);
	LIST_INSERT_HEAD(bucket_of(all, &p->id), p, in_bucket);
	all->count++;
	all->bytes += p->bytes;
	if (!wheel_is_set(&all->expiry))
		await_expiry(all);
}

struct pending_request *
pending_requests_take(struct pending_requests *all,
		      const struct tcp_identity *id)
{
	struct pending_request *p = find(all, id);

	if (p == NULL || p->ambiguous || age(p) >= PENDING_LIFE_MS)
		return NULL;
	take_out(all, p);
	return p;
}
