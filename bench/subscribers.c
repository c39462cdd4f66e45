/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/subscribers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	WINDOW = 64,	     /* connections that are not yet held, at most */
	PER_ADDRESS = 10000, /* fewer than an address has ports */
	CONNECT_TIMEOUT_S = 10
};

/* Who gets what is being read. */
struct delivery {
	struct subscribers *subscribers;
	uint32_t i;
	uint64_t now_ns;
};

uint64_t
clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

bool
subscribers_open(struct subscribers *r)
{
	r->started = 0;
	r->ready = 0;
	r->all = calloc(r->count, sizeof(*r->all));
	if (!r->all)
		return false;
	for (uint32_t i = 0; i < r->count; i++) {
		r->all[i].fd = -1;
		feed_init(&r->all[i].feed, r->way != WAY_SSE);
	}
	return true;
}

void
subscribers_close(struct subscribers *r)
{
	for (uint32_t i = 0; r->all && i < r->count; i++) {
		if (r->all[i].fd >= 0)
			close(r->all[i].fd);
		feed_free(&r->all[i].feed);
	}
	frames_free_shared();
	free(r->all);
	r->all = NULL;
}

/* A connection from 127.0.0.1, .2, .3, ...: ports are counted by address. */
static int
connect_from(uint32_t i, const struct sockaddr_in *to)
{
	struct sockaddr_in from = {.sin_family = AF_INET};
	const struct timeval limit = {.tv_sec = CONNECT_TIMEOUT_S};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + i / PER_ADDRESS);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
	    connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool
start(struct subscribers *r, uint32_t i)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = i};
	char request[1024];
	size_t len = target_read(r->target, r->way, request, sizeof(request),
				 r->own ? i + 1 : 0);
	int fd = connect_from(i, &r->to);

	if (fd < 0)
		return false;
	r->all[i].fd = fd;
	return send(fd, request, len, MSG_NOSIGNAL) == (ssize_t)len &&
	       epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &ev) == 0;
}

bool
subscribers_start(struct subscribers *r)
{
	while (r->started < r->count && r->started < r->ready + WINDOW) {
		if (!start(r, r->started)) {
			fprintf(stderr, "load: subscriber %u: %s\n", r->started,
				strerror(errno));
			return false;
		}
		r->started++;
	}
	return true;
}

/* Ours are empty, so their answers are. If there is no room for it just now
 * the next one will do. */
static void
answer_ping(const struct subscriber *subscriber)
{
	static const char pong[6] = {(char)0x8A, (char)0x80, 1, 2, 3, 4};

	(void)send(subscriber->fd, pong, sizeof(pong),
		   MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
on_feed(void *arg, enum feed_what what, const struct stamp *stamp)
{
	const struct delivery *d = arg;
	struct subscriber *subscriber = &d->subscribers->all[d->i];
	bool stands = what == (d->subscribers->target->says_cursor ? FEED_CURSOR
								   : FEED_OPEN);

	if (stands && !subscriber->ready) {
		subscriber->ready = true;
		d->subscribers->ready++;
	}
	if (what == FEED_MESSAGE)
		tally_message(d->subscribers->tally, d->i, stamp, d->now_ns);
	else if (what == FEED_GAP)
		d->subscribers->tally->gaps++;
	else if (what == FEED_PING)
		answer_ping(subscriber);
	else if (what == FEED_FOREIGN)
		d->subscribers->tally->stray++;
}

void
subscribers_event(struct subscribers *r, uint32_t i)
{
	static char bytes[65536];
	struct subscriber *subscriber = &r->all[i];
	struct delivery d = {.subscribers = r, .i = i};
	ssize_t n = recv(subscriber->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	d.now_ns = clock_ns();
	if (n > 0 &&
	    feed_take(&subscriber->feed, bytes, (size_t)n, on_feed, &d))
		return;
	close(subscriber->fd);
	subscriber->fd = -1;
	r->tally->cut++;
}
