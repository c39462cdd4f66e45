/* SPDX-License-Identifier: MIT */
/*
 * queue.h - the bytes that a socket has not taken yet: references, no copies.
 */
#ifndef SHARED_NET_QUEUE_H
#define SHARED_NET_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "shared/base/attributes.h"
#include "shared/net/chain.h"

STAILQ_HEAD(queue_items, queue_item);

struct queue {
	struct queue_items items;
	size_t backlog; /* unsent bytes of the items added as backlog */
};

/* In place; allocates nothing. */
void queue_init(struct queue *q);

/* Drops all items; the queue may be used again. */
void queue_free(struct queue *q);

bool queue_is_empty(const struct queue *q);

/* Writes a framed chain to `fd` past the queue, which must be empty. Returns
 * the number of bytes written, 0 on EAGAIN, or -1 and errno. */
ssize_t queue_bypass(int fd, const struct chain *c) MUST_USE;

/* Adds a framed chain except for its first `sent` bytes (sent < c->len). */
void queue_add(struct queue *q, struct chain *c, size_t sent, bool backlog);

/* Writes to `fd` until it takes no more. Returns the number of bytes written,
 * 0 on EAGAIN, or -1 and errno. */
ssize_t queue_write(struct queue *q, int fd) MUST_USE;

#endif
