/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "shared/base/xalloc.h"

enum { WRITE_IOVECS = 256 }; /* at most IOV_MAX, 1024 on Linux */

struct queue_item {
	STAILQ_ENTRY(queue_item) entry;
	struct parcel *parcel;
	size_t iov;  /* the first iovec that is not sent whole */
	size_t skip; /* bytes of it that are sent */
	size_t left; /* bytes of the parcel that are not sent */
	bool backlog;
};

/* An item and what malloc() adds to it. */
enum { ITEM_MEMORY = sizeof(struct queue_item) + 16 };

static size_t items_memory; /* of all queues */

void
queue_init(struct queue *q)
{
	STAILQ_INIT(&q->items);
	q->backlog = 0;
}

bool
queue_is_empty(const struct queue *q)
{
	return STAILQ_EMPTY(&q->items);
}

static ssize_t
write_some(int fd, const struct iovec *iov, size_t count)
{
	ssize_t n = -1;

	errno = ENOTSOCK; /* the output of plain CGI may be a pipe */
	if (count == 1)
		n = send(fd, iov->iov_base, iov->iov_len,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno == ENOTSOCK)
		n = writev(fd, iov,
			   (int)(count < WRITE_IOVECS ? count : WRITE_IOVECS));
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : n;
}

ssize_t
queue_bypass(int fd, const struct chain *c)
{
	return write_some(fd, c->iov, c->iov_count);
}

/* Marks the next `n` bytes of an item as sent (n <= item->left). */
static void
advance(struct queue_item *item, size_t n)
{
	size_t left;

	item->left -= n;
	while (n > 0) {
		left = item->parcel->iov[item->iov].iov_len - item->skip;
		if (n < left) {
			item->skip += n;
			return;
		}
		n -= left;
		item->skip = 0;
		item->iov++;
	}
}

void
queue_add(struct queue *q, struct chain *c, size_t sent)
{
	struct queue_item *item = xcalloc(1, sizeof(*item));

	item->parcel = chain_keep(c);
	item->left = c->len;
	item->backlog = !queue_is_empty(q);
	advance(item, sent);
	STAILQ_INSERT_TAIL(&q->items, item, entry);
	if (item->backlog)
		q->backlog += item->left;
	items_memory += ITEM_MEMORY;
}

static void
drop_first(struct queue *q)
{
	struct queue_item *item = STAILQ_FIRST(&q->items);

	STAILQ_REMOVE_HEAD(&q->items, entry);
	parcel_unref(item->parcel);
	free(item);
	items_memory -= ITEM_MEMORY;
}

/* Fills `out` with the iovecs that the queue begins with; returns how many. */
static size_t
fill_iovecs(const struct queue *q, struct iovec out[WRITE_IOVECS])
{
	const struct queue_item *item;
	size_t n = 0, i;

	STAILQ_FOREACH(item, &q->items, entry) {
		size_t skip = item->skip;

		for (i = item->iov; i < item->parcel->iov_count; i++) {
			if (n == WRITE_IOVECS)
				return n;
			out[n] = item->parcel->iov[i];
			out[n].iov_base = (char *)out[n].iov_base + skip;
			out[n].iov_len -= skip;
			skip = 0;
			n++;
		}
	}
	return n;
}

ssize_t
queue_write(struct queue *q, int fd)
{
	struct iovec iov[WRITE_IOVECS];
	ssize_t sent = write_some(fd, iov, fill_iovecs(q, iov));
	size_t left = sent > 0 ? (size_t)sent : 0, n;

	while (left > 0) {
		struct queue_item *item = STAILQ_FIRST(&q->items);

		n = left < item->left ? left : item->left;
		advance(item, n);
		if (item->backlog)
			q->backlog -= n;
		left -= n;
		if (item->left == 0)
			drop_first(q);
	}
	return sent;
}

void
queue_free(struct queue *q)
{
	while (!queue_is_empty(q))
		drop_first(q);
	queue_init(q);
}

size_t
queues_memory(void)
{
	return items_memory + parcels_memory();
}

size_t
queue_share(const struct queue *q)
{
	const struct queue_item *item;
	size_t share = 0;

	STAILQ_FOREACH(item, &q->items, entry)
		share += ITEM_MEMORY + parcel_share(item->parcel);
	return share;
}
