/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench/posts.h"

/* of the FastCGI specification */
enum {
	BEGIN_REQUEST = 1,
	END_REQUEST = 3,
	PARAMS = 4,
	STDIN = 5,
	STDOUT = 6,
	RESPONDER = 1,
	KEEP_CONN = 1,
	HEADER = 8
};

enum { EVENTS = 64, ANSWER_MAX = 4096, REQUEST_MAX = POSTS_DATA_MAX + 1024 };

struct sender {
	int fd;
	uint32_t sender, number;
	uint64_t sent_ns;
	size_t have;
	uint8_t answer[ANSWER_MAX];
};

static size_t
put_header(uint8_t *at, uint8_t type, size_t len)
{
	const uint8_t header[HEADER] = {
	    1, type, 0, 1, (uint8_t)(len >> 8), (uint8_t)len, 0, 0};

	memcpy(at, header, HEADER);
	return HEADER;
}

static size_t
put_pair(uint8_t *at, const char *name, const char *value)
{
	size_t name_len = strlen(name), value_len = strlen(value);

	at[0] = (uint8_t)name_len;
	at[1] = (uint8_t)value_len;
	memcpy(at + 2, name, name_len);
	memcpy(at + 2 + name_len, value, value_len);
	return 2 + name_len + value_len;
}

/* What web servers send of such a request, and what we look at. */
static size_t
put_params(uint8_t *at, const char *length)
{
	static const char *const pairs[][2] = {
	    {"CONTENT_TYPE", "application/x-www-form-urlencoded"},
	    {"SCRIPT_NAME", "/push/publish"},
	    {"REQUEST_URI", "/push/publish"},
	    {"QUERY_STRING", ""},
	    {"REQUEST_METHOD", "POST"},
	    {"SERVER_PROTOCOL", "HTTP/1.1"},
	    {"SERVER_SOFTWARE", "posts"},
	    {"GATEWAY_INTERFACE", "CGI/1.1"},
	    {"SERVER_NAME", "localhost"},
	    {"SERVER_PORT", "80"},
	    {"REMOTE_ADDR", "127.0.0.1"},
	    {"REMOTE_PORT", "40000"},
	    {"HTTP_HOST", "localhost"},
	};
	size_t len = put_pair(at + HEADER, "CONTENT_LENGTH", length);

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		len += put_pair(at + HEADER + len, pairs[i][0], pairs[i][1]);
	put_header(at, PARAMS, len);
	return HEADER + len + put_header(at + HEADER + len, PARAMS, 0);
}

static size_t
put_request(uint8_t *at, const char *data, size_t bytes)
{
	static const char field[] = "channel=all&data=";
	size_t body = strlen(field) + bytes, len;
	char length[24];

	snprintf(length, sizeof(length), "%zu", body);
	len = put_header(at, BEGIN_REQUEST, 8);
	memcpy(at + len, (uint8_t[8]){0, RESPONDER, KEEP_CONN}, 8);
	len += 8;
	len += put_params(at + len, length);
	len += put_header(at + len, STDIN, body);
	memcpy(at + len, field, strlen(field));
	memcpy(at + len + strlen(field), data, bytes);
	len += body;
	return len + put_header(at + len, STDIN, 0);
}

static bool
send_next(struct posts *p, struct sender *s)
{
	char data[POSTS_DATA_MAX + 1];
	uint8_t request[REQUEST_MAX];
	size_t len;

	s->have = 0;
	s->sent_ns = posts_next(p, data, s->sender, s->number++);
	len = put_request(request, data, p->bytes);
	if (send(s->fd, request, len, MSG_NOSIGNAL) == (ssize_t)len)
		return true;
	perror("posts: send");
	return false;
}

/* Whether END_REQUEST is there. */
static bool
is_whole(const struct sender *s)
{
	size_t at = 0;

	while (at + HEADER <= s->have) {
		const uint8_t *h = s->answer + at;

		at += HEADER + (size_t)(h[4] << 8 | h[5]) + h[6];
		if (h[1] == END_REQUEST)
			return at <= s->have;
	}
	return false;
}

static bool
is_good(const struct sender *s)
{
	static const char good[] = "Status: 201";

	return s->answer[1] == STDOUT &&
	       memcmp(s->answer + HEADER, good, strlen(good)) == 0;
}

static bool
readable(struct posts *p, struct sender *s)
{
	ssize_t n =
	    recv(s->fd, s->answer + s->have, sizeof(s->answer) - s->have, 0);

	if (n <= 0) {
		fputs("posts: the program has closed a connection\n", stderr);
		return false;
	}
	s->have += (size_t)n;
	if (!is_whole(s))
		return s->have < sizeof(s->answer);
	if (!is_good(s)) {
		fprintf(stderr, "posts: refused: %.*s\n", (int)s->have - HEADER,
			(char *)s->answer + HEADER);
		return false;
	}
	posts_answered(p, s->sent_ns);
	return !posts_left(p) || send_next(p, s);
}

static bool
open_sender(struct sender *s, int epoll, const char *path)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd >= 0 &&
	    connect(s->fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	    epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &event) == 0)
		return true;
	fprintf(stderr, "posts: %s: %s\n", path, strerror(errno));
	return false;
}

static bool
publish_all(struct posts *p, struct sender *senders, int epoll)
{
	struct epoll_event events[EVENTS];

	p->start_ns = posts_clock();
	for (uint32_t i = 0; i < p->at_once && posts_left(p); i++)
		if (!send_next(p, &senders[i]))
			return false;
	while (p->answered < p->messages) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++)
			if (!readable(p, events[i].data.ptr))
				return false;
	}
	return true;
}

bool
posts_fastcgi(struct posts *p, const char *path)
{
	struct sender *senders = calloc(p->at_once, sizeof(*senders));
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	bool good = senders != NULL && epoll >= 0;

	for (uint32_t i = 0; good && i < p->at_once; i++) {
		senders[i].sender = i;
		good = open_sender(&senders[i], epoll, path);
	}
	good = good && publish_all(p, senders, epoll);
	free(senders);
	return good;
}
