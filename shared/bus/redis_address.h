/* SPDX-License-Identifier: MIT */
/*
 * redis_address.h - from the host of bus.url to a numeric address.
 */
#ifndef SHARED_BUS_REDIS_ADDRESS_H
#define SHARED_BUS_REDIS_ADDRESS_H

#include <netdb.h>
#include <stdbool.h>

#include "shared/base/attributes.h"

struct redis_url;

enum { REDIS_ADDRESS_SIZE = NI_MAXHOST };

/* Blocks while it asks the resolver. For a unix socket the address is "".
 * False: the host cannot be resolved, which is logged. */
bool redis_address_resolve(char address[REDIS_ADDRESS_SIZE],
			   const struct redis_url *url) MUST_USE;

#endif
