/* SPDX-License-Identifier: MIT */
/*
 * tip.h - reads the tip of a channel from Redis (tip.lua).
 */
#ifndef SHARED_BUS_TIP_H
#define SHARED_BUS_TIP_H

#include "shared/base/attributes.h"
#include "shared/bus/call.h"
#include "shared/model/tip.h"

struct bus;

typedef void bus_tip_fn(void *arg, enum bus_status status,
			const struct tip *tip);

/* Asks for the last id of a channel: the later of its tip and of the last entry
 * of its log. NULL: the connection is down, fn is not called. */
struct bus_call *bus_tip(struct bus *bus, const char *channel, bus_tip_fn *fn,
			 void *arg) MUST_USE;

#endif
