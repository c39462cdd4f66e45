/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/conn_handoff.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/net/conn_input.h"
#include "shared/net/conn_late.h"
#include "shared/net/conn_room.h"
#include "shared/net/pending_requests.h"
#include "shared/net/tcp_identity.h"

enum {
	/* Apache ends its request, and closes its descriptor, after it has
	 * passed it. */
	APACHE_HAS_IT_MS = 2000,
	FDS_MAX = 4,	    /* of one message; the kernel closes the rest */
	LOG_AGAIN_MS = 1000 /* one line for what may be caused from outside */
};

/* --- the client ----------------------------------------------------------- */

/* MSG_DONTWAIT: who handed it off may have changed what the socket does. */
static void
readable(struct conn *conn)
{
	ssize_t n = recv(conn->reading.fd, conn->conns->scratch, CONN_READ_SIZE,
			 MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_close(conn);
		return;
	}
	conn->dropped += (unsigned int)n;
	if (conn->dropped <= CONN_HANDOFF_INPUT_MAX)
		return;
	log_info("input",
		 "bytes=%u action=cut reason=\"a client that was "
		 "handed off goes on sending\"",
		 conn->dropped);
	conn_close(conn);
}

/* Of one that ends in the turn in which it came the descriptor is free at once;
 * Apache may have the socket as well. */
static void
release(struct conn *conn)
{
	if (conn->stayed &&
	    (uint32_t)clock_ms() - conn->handed_at < APACHE_HAS_IT_MS) {
		late_close_add(&conn->conns->late, conn->out);
		return;
	}
	if (!conn->stayed)
		shutdown(conn->out, SHUT_RDWR);
	close(conn->out);
}

/* A client that has got everything leaves by itself, mostly. */
static void
finished(struct conn *conn)
{
	if (conn_room_is_crowded(conn->conns))
		conn_close(conn);
	else
		conn_linger(conn);
}

const struct conn_kind conn_handoff = {
    .readable = readable,
    .finished = finished,
    .timed_out = conn_late,
    .release = release,
    .handed_off = true,
    .way = STATS_HANDOFF,
};

/* --- the match ------------------------------------------------------------ */

static void
prepare(int fd)
{
	int one = 1, flags = fcntl(fd, F_GETFL);
	unsigned int silent = CONN_HANDOFF_SILENT_MS;

	if ((flags & O_NONBLOCK) == 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent, sizeof(silent));
}

/* True, at most once a second: what it is about may be caused from outside. */
static bool
may_log(void)
{
	static uint64_t last;
	uint64_t now = clock_ms();

	if (last != 0 && now - last < LOG_AGAIN_MS)
		return false;
	last = now;
	return true;
}

static void
log_fault(const char *fault)
{
	if (may_log())
		log_warn("handoff", "reason=\"%s\"", fault);
}

/* Nothing can be said: how the head of the response reads is not known. An
 * error of the network is what every client comes back from. And who passed it
 * may have set SO_LINGER, with which close() waits for the client. */
static void
reset(int fd)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static void
refuse_unknown(int fd, const struct tcp_identity *id)
{
	char text[TCP_IDENTITY_TEXT_SIZE];

	reset(fd);
	tcp_identity_text(text, id);
	if (may_log())
		log_warn("handoff",
			 "connection=\"%s\" reason=\"a socket came without a "
			 "request: was the authorizer asked, and is the last "
			 "number PUSHCGI_HANDOFF_PORT?\"",
			 text);
}

static void
serve(struct conns *conns, int fd, const struct pending_request *pending)
{
	struct conn *conn;

	prepare(fd);
	conn = conn_new(conns, &conn_handoff, fd, fd);
	conn->framing = CHAIN_BODY;
	conn_input_request(conn, &pending->request);
	/* Its client was told to come back, and does not read that yet. */
	if (conn->state == CONN_DRAINING && conn_room_is_full(conns))
		conn_close(conn);
	if (conn->state == CONN_CLOSED)
		return;
	conn->stayed = true;
	conn->handed_at = (uint32_t)clock_ms();
	conn_start_reading(conn);
}

/* Owns `fd`. */
static void
take_over(struct conns *conns, int fd)
{
	struct tcp_identity id;
	struct pending_request *pending;
	const char *fault = tcp_identity_of(&id, fd);

	if (fault != NULL)
		log_fault(fault);
	if (fault != NULL || !tcp_identity_is_established(fd)) {
		reset(fd);
		return;
	}
	pending = pending_requests_take(&conns->pending, &id);
	if (pending != NULL)
		serve(conns, fd, pending);
	else
		refuse_unknown(fd, &id);
	pending_request_free(pending);
}

/* --- receiving ------------------------------------------------------------ */

/* What one message may bring. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

/* Returns how many descriptors came, at most FDS_MAX. */
static size_t
take_descriptors(int fds[FDS_MAX], struct msghdr *message)
{
	struct cmsghdr *c;
	size_t count = 0, n;

	for (c = CMSG_FIRSTHDR(message); c != NULL;
	     c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (n > FDS_MAX - count)
			n = FDS_MAX - count;
		memcpy(fds + count, CMSG_DATA(c), n * sizeof(int));
		count += n;
	}
	return count;
}

static void
descriptors_came(struct conn *receiver, int fds[FDS_MAX], size_t count,
		 bool truncated)
{
	struct conns *conns = receiver->conns;

	conn_close(receiver);
	if (count == 1 && !truncated) {
		take_over(conns, fds[0]);
		return;
	}
	if (count > 0)
		log_fault("several descriptors came at once");
	else if (truncated)
		log_fault("there is no room for a descriptor");
	else
		log_debug("handoff", "reason=\"no descriptor came\"");
	while (count > 0)
		reset(fds[--count]);
}

static void
receive(struct conn *receiver)
{
	char byte;
	union control control;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes)};
	int fds[FDS_MAX];
	ssize_t n = recvmsg(receiver->reading.fd, &message,
			    MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0)
		conn_close(receiver);
	else
		descriptors_came(receiver, fds, take_descriptors(fds, &message),
				 (message.msg_flags & MSG_CTRUNC) != 0);
}

/* It is READING, so it never finishes a response. */
static const struct conn_kind receiver_kind = {
    .readable = receive,
    .timed_out = conn_late,
    .release = conn_input_release,
    .awaited = "no descriptor came",
};

void
conn_handoff_accept(struct conns *conns, int fd)
{
	struct conn *receiver = conn_new(conns, &receiver_kind, fd, fd);

	receive(receiver);
	if (receiver->state == CONN_CLOSED)
		return;
	conn_start_reading(receiver);
	conn_input_limit_time(receiver);
}
