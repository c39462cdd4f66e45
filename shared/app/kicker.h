/* SPDX-License-Identifier: MIT */
/*
 * kicker.h - disconnects the subscribers of this process whom an administrator
 * has kicked, and knows whom to refuse.
 */
#ifndef SHARED_APP_KICKER_H
#define SHARED_APP_KICKER_H

#include <stdbool.h>

#include "shared/app/kicks.h"
#include "shared/app/subscriber.h"
#include "shared/base/attributes.h"
#include "shared/http/params.h"
#include "shared/model/problem.h"

struct bus;

struct kicker {
	struct kicks kicks;		 /* in force */
	struct subscribers *subscribers; /* borrowed */
};

/* Listens to `bus`, which is open. */
void kicker_open(struct kicker *k, struct bus *bus,
		 struct subscribers *subscribers);

/* False: an administrator keeps the sender of this request out; `p` says so,
 * and it is counted. */
bool kicker_admits(const struct kicker *k, const struct params *params,
		   struct problem *p) MUST_USE;

/* After the bus was closed. */
void kicker_close(struct kicker *k);

#endif
