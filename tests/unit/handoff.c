/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/handoff.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/net/conn_handoff.h"
#include "tests/unit/suite.h"

enum { SENT_MAX = 16, WAIT_MS = 30000 };

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static socklen_t
make_address(union address *out, const char *address, uint16_t port)
{
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, address, &out->ipv4.sin_addr) == 1) {
		out->ipv4.sin_family = AF_INET;
		out->ipv4.sin_port = htons(port);
		return sizeof(out->ipv4);
	}
	ck_assert_int_eq(inet_pton(AF_INET6, address, &out->ipv6.sin6_addr), 1);
	out->ipv6.sin6_family = AF_INET6;
	out->ipv6.sin6_port = htons(port);
	return sizeof(out->ipv6);
}

/* A socket that may have a port which one before had. */
static int
open_socket(const union address *name)
{
	int one = 1, fd = socket(name->any.sa_family, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}

int
tcp_listen(const char *address, uint16_t *port)
{
	union address name;
	socklen_t len = make_address(&name, address, 0);
	int fd = open_socket(&name);

	ck_assert_int_eq(bind(fd, &name.any, len), 0);
	ck_assert_int_eq(listen(fd, SOMAXCONN), 0);
	ck_assert_int_eq(getsockname(fd, &name.any, &len), 0);
	*port = ntohs(name.any.sa_family == AF_INET ? name.ipv4.sin_port
						    : name.ipv6.sin6_port);
	return fd;
}

int
tcp_connect(const char *address, uint16_t port, uint16_t from)
{
	union address name, own;
	socklen_t len = make_address(&name, address, port);
	socklen_t own_len = make_address(&own, address, from);
	int fd = open_socket(&name);

	/* always: another socket could not have a port chosen by connect() */
	ck_assert_int_eq(bind(fd, &own.any, own_len), 0);
	ck_assert_int_eq(connect(fd, &name.any, len), 0);
	return fd;
}

static void
accept_it(struct tcp_pair *p, int listener)
{
	struct pollfd waits = {.fd = listener, .events = POLLIN};

	ck_assert_int_eq(poll(&waits, 1, WAIT_MS), 1);
	p->server = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(p->server, 0);
	fcntl(p->client, F_SETFL, O_NONBLOCK);
}

void
tcp_pair_open_at(struct tcp_pair *p, int listener, uint16_t port, uint16_t from)
{
	p->client = tcp_connect("127.0.0.1", port, from);
	accept_it(p, listener);
}

void
tcp_pair_open(struct tcp_pair *p)
{
	uint16_t port;
	int listener = tcp_listen("127.0.0.1", &port);

	tcp_pair_open_at(p, listener, port, 0);
	close(listener);
}

void
tcp_pair_close(struct tcp_pair *p)
{
	if (p->client >= 0)
		close(p->client);
	if (p->server >= 0)
		close(p->server);
	p->client = p->server = -1;
}

void
tcp_reset(int fd)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

struct tcp_identity
tcp_pair_identity(const struct tcp_pair *p)
{
	struct tcp_identity id = {.peer_port = 0};
	const char *fault = tcp_identity_of(&id, p->server);

	ck_assert_msg(fault == NULL, "%s", fault);
	return id;
}

void
descriptors_send(int fd, const int *fds, size_t count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(SENT_MAX * sizeof(int))];
	} control;
	char byte = '\0';
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	if (count > 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		c = CMSG_FIRSTHDR(&message);
		ck_assert_ptr_nonnull(c);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(fd, &message, 0), 1);
}

int
descriptors_connect(struct conns *conns)
{
	int ends[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	conn_handoff_accept(conns, ends[0]);
	return ends[1];
}

void
tcp_pair_hand_off(struct tcp_pair *p, struct conns *conns)
{
	int ends[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	descriptors_send(ends[1], &p->server, 1);
	close(ends[1]);
	close(p->server);
	p->server = -1;
	conn_handoff_accept(conns, ends[0]);
}
