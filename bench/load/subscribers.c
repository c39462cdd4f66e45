/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/load/subscribers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/load/clock.h"

enum {
	CONNECT_TIMEOUT_S = 10,
	REQUEST_BYTES = 4096,
	REFUSED_PART = 10 /* one of so many may be refused, and tries again */
};

/* Who gets what is being read. */
struct reading {
	struct subscribers *all;
	struct subscriber *one;
	uint32_t i;
	uint64_t now_ns;
	bool any; /* a message was in this response */
};

bool
subscribers_open(struct subscribers *s)
{
	s->all = calloc(s->count, sizeof(*s->all));
	for (uint32_t i = 0; s->all && i < s->count; i++)
		s->all[i].fd = -1;
	return s->all != NULL;
}

static void
reset(struct subscriber *one)
{
	if (one->fd >= 0)
		close(one->fd);
	one->fd = -1;
	one->live = false;
	one->got = 0;
	response_init(&one->response);
	lines_free(&one->lines);
	frames_free(&one->frames);
}

void
subscribers_leave(struct subscribers *s)
{
	for (uint32_t i = 0; s->all && i < s->count; i++)
		reset(&s->all[i]);
	s->started = 0;
	s->live = 0;
}

void
subscribers_close(struct subscribers *s)
{
	subscribers_leave(s);
	for (uint32_t i = 0; s->all && i < s->count; i++)
		free(s->all[i].cursor);
	frames_free_shared();
	free(s->all);
	s->all = NULL;
}

uint32_t
subscribers_without_cursor(const struct subscribers *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->count; i++)
		n += s->all[i].cursor == NULL;
	return n;
}

/* One address has ports for about 28,000 connections. A closed listen queue
 * must not stop the program for ever. */
static int
connect_from(const struct subscribers *s, uint32_t i)
{
	const struct sockaddr_in *to = &s->target->address;
	struct sockaddr_in from = {.sin_family = AF_INET};
	const struct timeval limit = {.tv_sec = CONNECT_TIMEOUT_S};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + i / s->per_address);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
	    connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool
ask(const struct subscribers *s, uint32_t i)
{
	char request[REQUEST_BYTES];
	size_t len =
	    target_request(s->target, request, sizeof(request),
			   i % s->tally->plan.channels, s->all[i].cursor);

	return len > 0 &&
	       send(s->all[i].fd, request, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static void
hold(struct subscribers *s, struct subscriber *one)
{
	s->live += !one->live;
	one->live = true;
}

static bool
start(struct subscribers *s, uint32_t i)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = i};
	struct subscriber *one = &s->all[i];

	one->started_ns = clock_ns();
	one->fd = connect_from(s, i);
	if (one->fd < 0 || !ask(s, i) ||
	    epoll_ctl(s->epoll, EPOLL_CTL_ADD, one->fd, &ev) < 0)
		return false;
	if (s->target->framing == FRAMING_LONGPOLL &&
	    s->target->live == LIVE_HEAD)
		hold(s, one);
	return true;
}

bool
subscribers_start(struct subscribers *s)
{
	while (s->started < s->count && s->started < s->live + s->window) {
		if (!start(s, s->started)) {
			fprintf(stderr, "load: subscriber %u: %s\n", s->started,
				strerror(errno));
			return false;
		}
		s->started++;
	}
	return true;
}

static void
keep_cursor(struct subscriber *one, const char *text, size_t len)
{
	free(one->cursor);
	one->cursor = strndup(text, len);
}

/* The answer to a ping of ours is empty, as the ping is. If there is no room
 * for it just now the next one will do. */
static void
answer_ping(const struct subscriber *one)
{
	static const char pong[6] = {(char)0x8A, (char)0x80, 1, 2, 3, 4};

	(void)send(one->fd, pong, sizeof(pong), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
take_message(struct reading *r, const struct stamp *stamp)
{
	struct subscriber *one = r->one;

	tally_message(r->all->tally, r->i, stamp, r->now_ns);
	r->any = true;
	if (++one->got == r->all->enough)
		histogram_add(&r->all->comebacks, r->now_ns - one->started_ns);
}

static void
take_said(void *arg, enum said what, const struct stamp *stamp,
	  const char *text, size_t len)
{
	struct reading *r = arg;
	const struct target *t = r->all->target;
	const char *cursor;
	size_t cursor_len;

	if (what == SAID_MESSAGE)
		take_message(r, stamp);
	else if (what == SAID_GAP)
		r->all->tally->gaps++;
	else if (what == SAID_PING)
		answer_ping(r->one);
	if (what == SAID_MESSAGE ||
	    (t->live == LIVE_CURSOR && what == SAID_CURSOR) ||
	    (t->live == LIVE_FIRST && what != SAID_PING))
		hold(r->all, r->one);
	if (t->cursor == CURSOR_ID && what == SAID_ID)
		keep_cursor(r->one, text, len);
	else if (t->cursor == CURSOR_JSON && text &&
		 (cursor = message_cursor(text, len, &cursor_len)))
		keep_cursor(r->one, cursor, cursor_len);
}

static void
take_line(void *arg, const char *line, size_t len)
{
	message_read(line, len, take_said, arg);
}

/* Last-Modified and Etag, as what is sent back. */
static void
take_field(void *arg, const char *line, size_t len)
{
	struct subscriber *one = ((struct reading *)arg)->one;
	bool date = len > 14 && !strncasecmp(line, "Last-Modified:", 14);
	char *both;
	const char *before = date ? "" : one->cursor ? one->cursor : "";

	if (!date && (len < 5 || strncasecmp(line, "Etag:", 5) != 0))
		return;
	if (asprintf(&both, "%s%s%s\r\n", before,
		     date ? "If-Modified-Since:" : "If-None-Match:",
		     line + (date ? 14 : 5)) < 0)
		return;
	free(one->cursor);
	one->cursor = both;
}

static bool
take_head(void *arg, unsigned int status)
{
	struct reading *r = arg;
	const struct target *t = r->all->target;

	if (t->framing == FRAMING_LONGPOLL &&
	    (status == 204 || status == 304 || status == 408))
		return true; /* nothing came in its time */
	if (status != (t->framing == FRAMING_WEBSOCKET ? 101 : 200)) {
		if (r->all->refused == 0)
			fprintf(stderr, "load: subscriber %u: status %u\n",
				r->i, status);
		return false;
	}
	if (t->framing == FRAMING_LONGPOLL)
		return true;
	if (t->live == LIVE_HEAD)
		hold(r->all, r->one);
	return true;
}

static bool
take_body(void *arg, const char *bytes, size_t len)
{
	struct reading *r = arg;

	switch (r->all->target->framing) {
	case FRAMING_WEBSOCKET:
		return frames_take(&r->one->frames, bytes, len, take_said, r);
	case FRAMING_LONGPOLL:
		return lines_keep(&r->one->lines, bytes, len);
	default:
		return lines_take(&r->one->lines, bytes, len, take_line, r);
	}
}

/* Only a long-poll may end; it asks again. */
static bool
take_end(void *arg)
{
	struct reading *r = arg;
	struct subscribers *s = r->all;
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = r->i};

	if (s->target->framing != FRAMING_LONGPOLL)
		return false;
	r->any = false;
	if (r->one->lines.kept)
		message_read(r->one->lines.kept, r->one->lines.len, take_said,
			     r);
	lines_free(&r->one->lines);
	s->answers++;
	s->turns += r->any;
	if (r->one->response.closes) {
		close(r->one->fd);
		response_init(&r->one->response);
		r->one->fd = connect_from(s, r->i);
		if (r->one->fd < 0 ||
		    epoll_ctl(s->epoll, EPOLL_CTL_ADD, r->one->fd, &ev) < 0)
			return false;
	}
	return ask(s, r->i);
}

void
subscribers_event(struct subscribers *s, uint32_t i)
{
	static char bytes[65536];
	struct reading r = {.all = s, .one = &s->all[i], .i = i};
	bool etag = s->target->cursor == CURSOR_ETAG;
	const struct response_sink sink = {.field = etag ? take_field : NULL,
					   .head = take_head,
					   .body = take_body,
					   .end = take_end,
					   .arg = &r};
	ssize_t n = recv(r.one->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	r.now_ns = clock_ns();
	if (n > 0 && response_take(&r.one->response, bytes, (size_t)n, &sink))
		return;
	if (n <= 0 && s->target->framing == FRAMING_LONGPOLL &&
	    r.one->response.state == RESPONSE_ENDLESS) {
		r.one->response.closes = true; /* its body ends so */
		if (take_end(&r))
			return;
	}
	if ((!r.one->live || s->patient) &&
	    s->refused++ < s->count / REFUSED_PART + 1) {
		s->live -= r.one->live;
		reset(r.one);
		if (start(s, i))
			return;
	}
	if (r.one->fd >= 0)
		close(r.one->fd);
	r.one->fd = -1;
	s->tally->cut++;
}
