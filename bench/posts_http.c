/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "bench/load/publisher.h"
#include "bench/load/target.h"
#include "bench/posts.h"

enum { EVENTS = 64 };

struct sender {
	struct publisher publisher;
	uint32_t sender, number;
	uint64_t sent_ns;
};

static bool
read_address(struct sockaddr_in *to, const char *text)
{
	char ip[INET_ADDRSTRLEN] = "";
	const char *colon = strchr(text, ':');

	if (colon == NULL || (size_t)(colon - text) >= sizeof(ip))
		return false;
	memcpy(ip, text, (size_t)(colon - text));
	*to = (struct sockaddr_in){
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10))};
	return inet_pton(AF_INET, ip, &to->sin_addr) == 1;
}

/* A server may close the connection after some requests; then there is
 * another one. */
static bool
send_next(struct posts *p, struct sender *s, int epoll)
{
	char data[POSTS_DATA_MAX + 1];
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
	bool connected;

	s->sent_ns = posts_next(p, data, s->sender, s->number++);
	if (!publisher_send(&s->publisher, 0, data, &connected))
		return false;
	return !connected ||
	       epoll_ctl(epoll, EPOLL_CTL_ADD, s->publisher.fd, &event) == 0;
}

static bool
readable(struct posts *p, struct sender *s, int epoll)
{
	bool was_done = publisher_is_done(&s->publisher);

	if (!publisher_turn(&s->publisher))
		return false;
	if (was_done || !publisher_is_done(&s->publisher))
		return true;
	posts_answered(p, s->sent_ns);
	return !posts_left(p) || send_next(p, s, epoll);
}

static bool
publish_all(struct posts *p, struct sender *senders, int epoll)
{
	struct epoll_event events[EVENTS];

	p->start_ns = posts_clock();
	for (uint32_t i = 0; i < p->at_once && posts_left(p); i++)
		if (!send_next(p, &senders[i], epoll))
			return false;
	while (p->answered < p->messages) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++)
			if (!readable(p, events[i].data.ptr, epoll))
				return false;
	}
	return true;
}

bool
posts_http(struct posts *p, const char *address)
{
	static char publish[] = "/push/publish",
		    body[] = "channel=all&data={data}",
		    type[] =
			"Content-Type: application/x-www-form-urlencoded\r\n";
	struct target target = {.publish = publish,
				.publish_headers = type,
				.publish_body = body,
				.publish_pipeline = 1};
	struct sender *senders = calloc(p->at_once, sizeof(*senders));
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	bool done;

	if (senders == NULL || epoll < 0 ||
	    !read_address(&target.publish_address, address)) {
		fprintf(stderr, "posts: %s: no IP:PORT\n", address);
		exit(2);
	}
	for (uint32_t i = 0; i < p->at_once; i++) {
		if (!publisher_open(&senders[i].publisher, &target))
			exit(2);
		senders[i].sender = i;
	}
	done = publish_all(p, senders, epoll);
	for (uint32_t i = 0; i < p->at_once; i++)
		publisher_close(&senders[i].publisher);
	free(senders);
	return done;
}
