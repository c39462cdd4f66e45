/* SPDX-License-Identifier: MIT */
/*
 * pending_requests.h - requests that were granted and wait for the socket of
 * their client (conn_handoff.h).
 *
 * A request is found by the connection it came on, once, within
 * PENDING_LIFE_MS. Two that differ and wait under one name are of different
 * connections, of which one is gone, and Apache may have asked about that one
 * later: then neither is found. The same if the older one is no longer found,
 * but its socket has not come: for PENDING_KNOWN_MS.
 *
 * There are at most PENDING_MAX, of at most PENDING_BYTES together: beyond that
 * the oldest are forgotten, whose sockets come milliseconds later if they come
 * at all, so that nobody keeps out others by requests whose sockets never come.
 */
#ifndef SHARED_NET_PENDING_REQUESTS_H
#define SHARED_NET_PENDING_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "shared/base/attributes.h"
#include "shared/base/wheel.h"
#include "shared/host/hash.h"
#include "shared/net/tcp_identity.h"
#include "shared/wire/request.h"

enum {
	PENDING_LIFE_MS = 10 * 1000,
	PENDING_KNOWN_MS = 60 * 1000,
	PENDING_MAX = 16384,
	PENDING_BYTES = 16 << 20
};

TAILQ_HEAD(pending_by_age, pending_request);
LIST_HEAD(pending_bucket, pending_request);

/* One of them. */
struct pending_request {
	struct tcp_identity id;
	struct request request; /* its variables are writable copies */
	size_t bytes;
	uint64_t since; /* clock_ms() */
	bool ambiguous; /* another one waited under its name */
	TAILQ_ENTRY(pending_request) by_age;
	LIST_ENTRY(pending_request) in_bucket;
};

/* All of a process. */
struct pending_requests {
	struct wheel *wheel;
	size_t count, bytes;		/* read-only */
	struct pending_by_age by_age;	/* the oldest first */
	struct pending_bucket *buckets; /* made with the first request */
	struct host_hash_key key;
	struct wheel_timer expiry; /* of the oldest */
};

/* `wheel` is borrowed. */
void pending_requests_init(struct pending_requests *all, struct wheel *wheel);

/* Forgets all. */
void pending_requests_free(struct pending_requests *all);

/* A copy of `r`, in no table. Free with pending_request_free(), unless it is
 * added. */
struct pending_request *
pending_request_new(const struct tcp_identity *id,
		    const struct request *r) MUST_USE RETURNS_NONNULL;
void pending_request_free(struct pending_request *p); /* NULL is fine */

/* Takes `p` over. */
void pending_requests_add(struct pending_requests *all,
			  struct pending_request *p);

/* Takes the request of a connection out. The caller frees it. NULL: there is
 * none, or it is not known which. */
struct pending_request *
pending_requests_take(struct pending_requests *all,
		      const struct tcp_identity *id) MUST_USE;

#endif
