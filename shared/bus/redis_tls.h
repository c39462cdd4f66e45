/* SPDX-License-Identifier: MIT */
/*
 * redis_tls.h - TLS for a connection to Redis, without a socket: bytes of the
 * network on one side, bytes of Redis' protocol on the other.
 *
 *	tls = redis_tls_open(conf, "redis.example.org");
 *	loop:
 *		send what redis_tls_take() returns
 *		redis_tls_feed() what is received; redis_tls_read() until 0
 *		once redis_tls_is_ready(): redis_tls_write()
 *		redis_tls_fault() != NULL: close the connection
 *
 * TLS 1.2 or newer. The certificate of the server must be signed by an
 * authority of bus.tls_ca (default: those of the system) and be made for the
 * name or address that is connected to. bus.tls_cert and bus.tls_key are what
 * the client shows. The files are read by each redis_tls_open(), so that a
 * renewed certificate is used by the next connection.
 *
 * Source: RFC 8446, RFC 6125; redis.io: Redis Open Source, Security, TLS
 */
#ifndef SHARED_BUS_REDIS_TLS_H
#define SHARED_BUS_REDIS_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"

struct conf;
struct redis_tls;

/* Begins the handshake. Look for a fault. */
struct redis_tls *redis_tls_open(const struct conf *conf,
				 const char *server) MUST_USE RETURNS_NONNULL;

/* NULL is fine. */
void redis_tls_free(struct redis_tls *tls);

/* NULL, or why the connection must be closed: a phrase. Nothing else is done
 * after it. Valid until redis_tls_free(). */
const char *redis_tls_fault(const struct redis_tls *tls) MUST_USE;

/* The handshake is over and the certificate is valid. */
bool redis_tls_is_ready(const struct redis_tls *tls) MUST_USE;

/* Bytes from the network, any number. They are all taken. */
void redis_tls_feed(struct redis_tls *tls, const void *bytes, size_t len);

/* Bytes of the protocol that were received; call until it returns 0. */
size_t redis_tls_read(struct redis_tls *tls, void *out, size_t room) MUST_USE;

/* Encrypts bytes of the protocol; only when it is ready. */
void redis_tls_write(struct redis_tls *tls, const void *bytes, size_t len);

/* Bytes for the network; call until it returns 0, after each other call. After
 * a fault there may be some too, which tell the server of it. */
size_t redis_tls_take(struct redis_tls *tls, void *out, size_t room) MUST_USE;

#endif
