/* SPDX-License-Identifier: MIT */
/*
 * queue.h - the bytes that a socket has not taken yet: references, no copies.
 *
 * Its backlog is what one client is behind: all unsent bytes, also those that
 * it shares with other queues, except for what the queue was given when it was
 * empty. So one step, however large, is no backlog by itself.
 *
 * Its memory is what the process pays: bytes that several queues share exist
 * once, and stay until the last of these queues has sent them whole.
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
	size_t backlog; /* bytes */
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
void queue_add(struct queue *q, struct chain *c, size_t sent);

/* Writes to `fd` until it takes no more. Returns the number of bytes written,
 * 0 on EAGAIN, or -1 and errno. */
ssize_t queue_write(struct queue *q, int fd) MUST_USE;

/* Bytes of memory that all queues of the process take. Costs nothing. */
size_t queues_memory(void);

/* The part of that which falls to `q`; what it shares is divided among those
 * who share it. Takes time for each item. */
size_t queue_share(const struct queue *q);

#endif
