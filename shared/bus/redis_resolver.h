/* SPDX-License-Identifier: MIT */
/*
 * redis_resolver.h - from a host name to addresses, without blocking the loop.
 *
 * getaddrinfo(3) blocks, so it runs in a thread, which hands its result over
 * through an eventfd. A thread rather than a library such as c-ares: it honours
 * nsswitch.conf as all other programs of the machine do, and is no dependency.
 *
 * A resolver has one thread at most: while one hangs, the next question waits
 * for its answer, which counts if it is about the same host. A resolver that is
 * freed leaves it behind; the thread then frees what they shared.
 */
#ifndef SHARED_BUS_REDIS_RESOLVER_H
#define SHARED_BUS_REDIS_RESOLVER_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/bus/redis_address.h"

struct ev_loop;
struct redis_url;
struct redis_resolver;

/* Called from the loop. `found` is valid only during the call. */
typedef void redis_resolved_fn(void *arg, const struct redis_addresses *found);

/* Everything is borrowed. Starts no thread yet. */
struct redis_resolver *redis_resolver_new(struct ev_loop *loop,
					  redis_resolved_fn *fn,
					  void *arg) RETURNS_NONNULL;
void redis_resolver_free(struct redis_resolver *r); /* NULL is fine */

/* fn(arg, found) is called once, later. `url` is borrowed until then. False:
 * the system starts no thread, and fn is not called. */
bool redis_resolver_ask(struct redis_resolver *r,
			const struct redis_url *url) MUST_USE;

/* fn is not called any more for the last question. */
void redis_resolver_stop(struct redis_resolver *r);

#endif
