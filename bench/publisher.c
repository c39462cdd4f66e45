/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/publisher.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void
publisher_init(struct publisher *p, const struct target *target,
	       const struct sockaddr_in *to)
{
	memset(p, 0, sizeof(*p));
	p->target = target;
	p->to = *to;
	p->fd = -1;
}

void
publisher_close(struct publisher *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->busy = false;
}

static bool
say(const char *what, const char *why)
{
	fprintf(stderr, "load: publishing: %s: %s\n", what, why);
	return false;
}

static bool
connect_to(struct publisher *p)
{
	int on = 1;

	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return say("socket", strerror(errno));
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(p->fd, (struct sockaddr *)&p->to, sizeof(p->to)) < 0)
		return say("connect", strerror(errno));
	return true;
}

bool
publisher_send(struct publisher *p, uint32_t channel, const char *data)
{
	char request[PUBLISHER_BUFFER];
	size_t len, sent = 0;

	len =
	    target_publish(p->target, request, sizeof(request), channel, data);
	if (len == 0)
		return say("send", "the message is too long");
	if (p->fd < 0 && !connect_to(p))
		return false;
	while (sent < len) {
		ssize_t n =
		    send(p->fd, request + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0)
			return say("send", strerror(errno));
		sent += (size_t)n;
	}
	p->have = 0;
	p->busy = true;
	return true;
}

/* Whether all of the answer is there; it is NUL-terminated. */
static bool
is_whole(const struct publisher *p)
{
	const char *end = strstr(p->response, "\r\n\r\n");
	const char *length;
	size_t have;

	if (!end)
		return false;
	end += 4;
	have = p->have - (size_t)(end - p->response);
	length = strcasestr(p->response, "\r\nContent-Length:");
	if (length && length < end)
		return have >= strtoul(length + 17, NULL, 10);
	return strstr(end - 2, "\r\n0\r\n\r\n") != NULL;
}

static bool
is_last(const struct publisher *p)
{
	const char *end = strstr(p->response, "\r\n\r\n");
	const char *close_line =
	    strcasestr(p->response, "\r\nConnection: close");

	return close_line && close_line < end;
}

bool
publisher_read(struct publisher *p)
{
	size_t room = sizeof(p->response) - 1 - p->have;
	ssize_t n = recv(p->fd, p->response + p->have, room, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0 && p->busy)
		return say("no whole answer", n < 0 ? strerror(errno) : "end");
	if (n <= 0) {
		publisher_close(p);
		return true;
	}
	p->have += (size_t)n;
	p->response[p->have] = '\0';
	if (!is_whole(p))
		return p->have < sizeof(p->response) - 1;
	if (strncmp(p->response, "HTTP/1.1 2", 10) != 0)
		return say("refused", p->response);
	p->busy = false;
	if (is_last(p))
		publisher_close(p);
	return true;
}
