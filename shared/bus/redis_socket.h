/* SPDX-License-Identifier: MIT */
/*
 * redis_socket.h - a non-blocking connection on the loop: bytes in and out.
 *
 * With TLS they are encrypted on the way; the handshake is a part of
 * connecting.
 *
 * Bytes to write are collected until the end of the turn of the loop, after all
 * that the turn read and asked, and leave in one write if the kernel takes
 * them.
 *
 * Source: connect(2), EINPROGRESS; ev(3)
 */
#ifndef SHARED_BUS_REDIS_SOCKET_H
#define SHARED_BUS_REDIS_SOCKET_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"

struct conf;
struct redis_address;
struct redis_tls;

/* All are called from the loop, and may close the socket. */
struct redis_socket_handler {
	void (*connected)(void *arg);
	/* The bytes are valid only during the call. */
	void (*received)(void *arg, const char *bytes, size_t len);
	/* It could not connect, or broke, or was closed by the other end; it is
	 * closed. */
	void (*failed)(void *arg, const char *reason);
	/* redis_socket_wake() was called in this turn: the last moment to put
	 * bytes. */
	void (*turn_ends)(void *arg);
};

struct redis_socket {
	struct ev_loop *loop;
	const struct redis_socket_handler *handler;
	void *arg;
	int fd; /* -1: closed */
	bool connecting;
	struct ev_io in, out;
	struct ev_prepare turn_end;
	struct ev_idle awake;  /* so that a turn ends soon */
	struct buf bytes;      /* to write */
	size_t written;	       /* of them */
	struct redis_tls *tls; /* NULL: none */
	struct buf plain;      /* with TLS: to encrypt at the end of the turn */
};

/* Closed. Everything is borrowed. */
void redis_socket_init(struct redis_socket *s, struct ev_loop *loop,
		       const struct redis_socket_handler *handler, void *arg);

/* Of a closed socket. False: it failed at once, errno says why. */
bool redis_socket_connect(struct redis_socket *s,
			  const struct redis_address *address) MUST_USE;

/* Of a socket that was just told to connect: it uses TLS. `server` is the name
 * or address that the certificate must be made for. */
void redis_socket_use_tls(struct redis_socket *s, const struct conf *conf,
			  const char *server);

/* Drops what is not written; no function of the handler is called. Closing
 * twice is fine. */
void redis_socket_close(struct redis_socket *s);

/* For a socket that is connected: append to the buffer, then wake it. */
struct buf *redis_socket_buf(struct redis_socket *s) RETURNS_NONNULL;
void redis_socket_wake(struct redis_socket *s);

#endif
