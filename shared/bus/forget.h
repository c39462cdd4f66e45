/* SPDX-License-Identifier: MIT */
/*
 * forget.h - deletes idempotency keys that are not needed any more.
 */
#ifndef SHARED_BUS_FORGET_H
#define SHARED_BUS_FORGET_H

#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/bus/call.h"
#include "shared/bus/publish.h"

struct bus;

typedef void bus_forgotten_fn(void *arg, enum bus_status status);

enum { BUS_FORGET_MAX = BUS_PUBLISH_MESSAGES };

/*
 * Deletes keys (1-BUS_FORGET_MAX) of publications to a channel, by UNLINK.
 *
 * A key may be deleted when its publication was answered and sent only once: a
 * copy that was sent over a connection that broke may reach Redis later, and
 * the key prevents that it is stored again. NULL: the connection is down, fn
 * is not called.
 */
struct bus_call *bus_forget(struct bus *bus, const char *channel,
			    const char *const *keys, size_t count,
			    bus_forgotten_fn *fn, void *arg);

#endif
