/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/bus/redis_address.h"
#include "shared/bus/redis_tls.h"

enum {
	READ_SIZE = 4096, /* small: what the stack once took is kept */
	TLS_SIZE = 4096,  /* of its bytes at a time */
	REASON_SIZE = 200,
	READS_PER_TURN = 32, /* so that the rest of the loop runs too */
	/* of an empty buffer: the scripts that are sent at the start take more,
	 * and a process that holds one request should not keep it */
	KEPT_ROOM_MAX = 4 * 1024,
	WRITTEN_MAX = 256 * 1024 /* bytes before those to be written */
};

void
redis_socket_close(struct redis_socket *s)
{
	if (s->fd < 0)
		return;
	ev_io_stop(s->loop, &s->in);
	ev_io_stop(s->loop, &s->out);
	ev_prepare_stop(s->loop, &s->turn_end);
	ev_idle_stop(s->loop, &s->awake);
	close(s->fd);
	s->fd = -1;
	buf_free(&s->bytes);
	buf_free(&s->plain);
	s->written = 0;
	redis_tls_free(s->tls);
	s->tls = NULL;
}

static void
fail(struct redis_socket *s, const char *reason)
{
	redis_socket_close(s);
	s->handler->failed(s->arg, reason);
}

static void write_bytes(struct redis_socket *s);

/* --- TLS ------------------------------------------------------------------ */

/* Appends what TLS has to send to the bytes to write. */
static void
encrypt(struct redis_socket *s)
{
	char bytes[TLS_SIZE];
	size_t n;

	if (s->tls == NULL)
		return;
	if (s->plain.len > 0 && redis_tls_is_ready(s->tls)) {
		redis_tls_write(s->tls, s->plain.bytes, s->plain.len);
		buf_clear(&s->plain);
	}
	while ((n = redis_tls_take(s->tls, bytes, sizeof(bytes))) > 0)
		buf_put(&s->bytes, bytes, n);
}

/* Tells the server, if it can be told at once. */
static void
fail_tls(struct redis_socket *s)
{
	char reason[REASON_SIZE];
	ssize_t sent;

	snprintf(reason, sizeof(reason), "%s", redis_tls_fault(s->tls));
	if (s->written < s->bytes.len) {
		sent = send(s->fd, s->bytes.bytes + s->written,
			    s->bytes.len - s->written, MSG_NOSIGNAL);
		(void)sent;
	}
	fail(s, reason);
}

/* Sends what TLS has to say now, and fails if TLS has. */
static void
settle_tls(struct redis_socket *s)
{
	encrypt(s);
	if (redis_tls_fault(s->tls) != NULL)
		fail_tls(s);
	else if (s->bytes.len > 0 && !ev_is_active(&s->out))
		write_bytes(s);
}

static void
decrypt(struct redis_socket *s, const char *network, size_t len)
{
	struct redis_tls *tls = s->tls;
	bool was_ready = redis_tls_is_ready(tls);
	char bytes[TLS_SIZE];
	size_t n;

	redis_tls_feed(tls, network, len);
	if (!was_ready && redis_tls_is_ready(tls))
		s->handler->connected(s->arg);
	while (s->tls == tls &&
	       (n = redis_tls_read(tls, bytes, sizeof(bytes))) > 0)
		s->handler->received(s->arg, bytes, n);
	if (s->tls == tls)
		settle_tls(s);
}

void
redis_socket_use_tls(struct redis_socket *s, const struct conf *conf,
		     const char *server)
{
	s->tls = redis_tls_open(conf, server);
}

/* --- reading -------------------------------------------------------------- */

static bool
is_temporary(int error)
{
	return error == EAGAIN || error == EINTR;
}

/* False: there is no more now, or the socket is closed. */
static bool
read_some(struct redis_socket *s)
{
	char bytes[READ_SIZE];
	ssize_t n = recv(s->fd, bytes, sizeof(bytes), 0);

	if (n > 0 && s->tls != NULL)
		decrypt(s, bytes, (size_t)n);
	else if (n > 0)
		s->handler->received(s->arg, bytes, (size_t)n);
	else if (n == 0)
		fail(s, "closed by Redis");
	else if (!is_temporary(errno))
		fail(s, strerror(errno));
	return s->fd >= 0 && n == (ssize_t)sizeof(bytes);
}

static void
readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct redis_socket *s = io->data;
	int reads = READS_PER_TURN;

	(void)loop;
	(void)revents;
	while (read_some(s) && --reads > 0)
		;
}

/* --- writing -------------------------------------------------------------- */

/* A server that closes the connection says why before: what it sent is read
 * first. */
static void
write_failed(struct redis_socket *s, int error)
{
	while (read_some(s))
		;
	if (s->fd >= 0)
		fail(s, strerror(error));
}

static void
all_written(struct redis_socket *s)
{
	ev_io_stop(s->loop, &s->out);
	s->written = 0;
	if (s->bytes.room > KEPT_ROOM_MAX)
		buf_free(&s->bytes);
	else
		buf_clear(&s->bytes);
}

static void
write_bytes(struct redis_socket *s)
{
	size_t left = s->bytes.len - s->written;
	ssize_t n =
	    send(s->fd, s->bytes.bytes + s->written, left, MSG_NOSIGNAL);

	if (n < 0 && !is_temporary(errno)) {
		write_failed(s, errno);
		return;
	}
	s->written += n > 0 ? (size_t)n : 0;
	if (s->written == s->bytes.len) {
		all_written(s);
		return;
	}
	if (s->written > WRITTEN_MAX) {
		buf_consume(&s->bytes, s->written);
		s->written = 0;
	}
	ev_io_start(s->loop, &s->out);
}

static void
turn_ends(struct ev_loop *loop, ev_prepare *prepare, int revents)
{
	struct redis_socket *s = prepare->data;

	(void)revents;
	if (!ev_is_active(&s->awake))
		return;
	ev_idle_stop(loop, &s->awake);
	s->handler->turn_ends(s->arg);
	if (s->fd >= 0)
		encrypt(s);
	if (s->fd >= 0 && !ev_is_active(&s->out) && s->bytes.len > 0)
		write_bytes(s);
}

static void
nothing(struct ev_loop *loop, ev_idle *idle, int revents)
{
	(void)loop;
	(void)idle;
	(void)revents;
}

struct buf *
redis_socket_buf(struct redis_socket *s)
{
	return s->tls != NULL ? &s->plain : &s->bytes;
}

void
redis_socket_wake(struct redis_socket *s)
{
	ev_idle_start(s->loop, &s->awake);
}

/* --- connecting ----------------------------------------------------------- */

static void
check_connected(struct redis_socket *s)
{
	int error = 0;
	socklen_t len = sizeof(error);

	ev_io_stop(s->loop, &s->out);
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0) {
		fail(s, strerror(error));
		return;
	}
	s->connecting = false;
	ev_io_start(s->loop, &s->in);
	ev_prepare_start(s->loop, &s->turn_end);
	if (s->tls != NULL)
		settle_tls(s);
	else
		s->handler->connected(s->arg);
}

static void
writable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct redis_socket *s = io->data;

	(void)loop;
	(void)revents;
	if (s->connecting)
		check_connected(s);
	else
		write_bytes(s);
}

bool
redis_socket_connect(struct redis_socket *s,
		     const struct redis_address *address)
{
	const struct sockaddr *sockaddr = (const void *)&address->sockaddr;
	int on = 1, error;

	s->fd = socket(sockaddr->sa_family,
		       SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return false;
	if (sockaddr->sa_family != AF_UNIX)
		setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(s->fd, sockaddr, address->len) != 0 &&
	    errno != EINPROGRESS) {
		error = errno;
		redis_socket_close(s);
		errno = error;
		return false;
	}
	s->connecting = true;
	ev_io_set(&s->in, s->fd, EV_READ);
	ev_io_set(&s->out, s->fd, EV_WRITE);
	ev_io_start(s->loop, &s->out);
	return true;
}

void
redis_socket_init(struct redis_socket *s, struct ev_loop *loop,
		  const struct redis_socket_handler *handler, void *arg)
{
	memset(s, 0, sizeof(*s));
	s->loop = loop;
	s->handler = handler;
	s->arg = arg;
	s->fd = -1;
	buf_init(&s->bytes, SIZE_MAX / 2);
	buf_init(&s->plain, SIZE_MAX / 2);
	ev_io_init(&s->in, readable, -1, EV_READ);
	ev_io_init(&s->out, writable, -1, EV_WRITE);
	ev_prepare_init(&s->turn_end, turn_ends);
	ev_set_priority(&s->turn_end, EV_MINPRI);
	ev_idle_init(&s->awake, nothing);
	s->in.data = s->out.data = s->turn_end.data = s;
}
