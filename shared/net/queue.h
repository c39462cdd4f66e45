/* SPDX-License-Identifier: MIT */
/*
 * queue.h - what a socket has not taken yet: references, never copies.
 */
#ifndef SHARED_NET_QUEUE_H
#define SHARED_NET_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "shared/base/attributes.h"
#include "shared/net/chain.h"

struct queue_item;

/* Zeroed is empty. */
struct queue {
	struct queue_item *head, *tail;
	size_t backlog; /* bytes of the items that count, not yet written */
};

/* Writes a framed chain to `fd`, as much as it takes now; EAGAIN is 0 bytes.
 * Returns the bytes, or -1 and errno. For an empty queue only. */
ssize_t queue_bypass(int fd, const struct chain *c) MUST_USE;

/* Queues what follows the first `sent` bytes (sent < c->len) of a framed
 * chain. `counts`: as backlog. False: no memory, nothing was queued. */
bool queue_add(struct queue *q, struct chain *c, size_t sent,
	       bool counts) MUST_USE;

/* Writes to `fd` what it takes now. Returns the bytes, 0 when it takes none
 * (EAGAIN), or -1 and errno. */
ssize_t queue_write(struct queue *q, int fd) MUST_USE;

bool queue_is_empty(const struct queue *q);

/* Drops all; empty again. */
void queue_free(struct queue *q);

#endif
