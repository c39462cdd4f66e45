/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { IOV_A_WRITE = 256 }; /* at most IOV_MAX, 1024 on Linux */

struct queue_item {
	struct queue_item *next;
	struct parcel *parcel;
	size_t iov;  /* first iovec that is not all sent */
	size_t skip; /* bytes of it that are */
	size_t left; /* bytes of the parcel that are not */
	bool counts;
};

bool
queue_is_empty(const struct queue *q)
{
	return q->head == NULL;
}

static ssize_t
write_some(int fd, const struct iovec *iov, size_t count)
{
	ssize_t n = -1;

	errno = ENOTSOCK; /* as the output of plain CGI may be */
	if (count == 1)
		n = send(fd, iov->iov_base, iov->iov_len,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno == ENOTSOCK)
		n = writev(fd, iov,
			   (int)(count < IOV_A_WRITE ? count : IOV_A_WRITE));
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : n;
}

ssize_t
queue_bypass(int fd, const struct chain *c)
{
	return write_some(fd, c->iov, c->iov_count);
}

/* Takes `n` sent bytes off an item (n <= item->left). */
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

bool
queue_add(struct queue *q, struct chain *c, size_t sent, bool counts)
{
	struct queue_item *item = calloc(1, sizeof(*item));

	if (item == NULL)
		return false;
	item->parcel = chain_keep(c);
	if (item->parcel == NULL) {
		free(item);
		return false;
	}
	item->left = c->len;
	item->counts = counts;
	advance(item, sent);
	if (q->tail != NULL)
		q->tail->next = item;
	else
		q->head = item;
	q->tail = item;
	if (counts)
		q->backlog += item->left;
	return true;
}

static void
drop_first(struct queue *q)
{
	struct queue_item *item = q->head;

	q->head = item->next;
	if (q->head == NULL)
		q->tail = NULL;
	parcel_unref(item->parcel);
	free(item);
}

/* The iovecs the queue begins with. */
static size_t
gather(const struct queue *q, struct iovec iov[IOV_A_WRITE])
{
	const struct queue_item *item;
	size_t n = 0, i;

	for (item = q->head; item != NULL; item = item->next)
		for (i = item->iov; i < item->parcel->iov_count; i++) {
			size_t skip = i == item->iov ? item->skip : 0;

			if (n == IOV_A_WRITE)
				return n;
			iov[n] = item->parcel->iov[i];
			iov[n].iov_base = (char *)iov[n].iov_base + skip;
			iov[n].iov_len -= skip;
			n++;
		}
	return n;
}

ssize_t
queue_write(struct queue *q, int fd)
{
	struct iovec iov[IOV_A_WRITE];
	ssize_t sent = write_some(fd, iov, gather(q, iov));
	size_t left = sent > 0 ? (size_t)sent : 0, n;

	while (left > 0) {
		n = left < q->head->left ? left : q->head->left;
		advance(q->head, n);
		if (q->head->counts)
			q->backlog -= n;
		left -= n;
		if (q->head->left == 0)
			drop_first(q);
	}
	return sent;
}

void
queue_free(struct queue *q)
{
	while (q->head != NULL)
		drop_first(q);
	q->backlog = 0;
}
