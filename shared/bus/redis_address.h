/* SPDX-License-Identifier: MIT */
/*
 * redis_address.h - the addresses that bus.url stands for.
 */
#ifndef SHARED_BUS_REDIS_ADDRESS_H
#define SHARED_BUS_REDIS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "shared/base/attributes.h"

struct redis_url;

enum {
	REDIS_ADDRESS_MAX = 8, /* more are ignored */
	REDIS_ADDRESS_TEXT_SIZE = 112,
	REDIS_ADDRESS_ERROR_SIZE = 128
};

struct redis_address {
	struct sockaddr_storage sockaddr;
	socklen_t len;
	/* 127.0.0.1:6379, [::1]:6379, or the path of a unix socket */
	char text[REDIS_ADDRESS_TEXT_SIZE];
};

struct redis_addresses {
	struct redis_address at[REDIS_ADDRESS_MAX];
	size_t count;
	char error[REDIS_ADDRESS_ERROR_SIZE]; /* why count is 0 */
};

/* A unix socket or a numeric host, without asking a resolver. False: the host
 * is a name. */
bool redis_addresses_read(struct redis_addresses *out,
			  const struct redis_url *url) MUST_USE;

/* Blocks while it asks the resolver; safe in any thread. IPv4 comes first: by
 * default Redis listens on 127.0.0.1. */
void redis_addresses_resolve(struct redis_addresses *out, const char *host,
			     uint16_t port);

#endif
