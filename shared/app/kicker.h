/* SPDX-License-Identifier: MIT */
/*
 * kicker.h - disconnects the subscribers of this process whom an administrator
 * has kicked, and knows whom to refuse.
 */
#ifndef SHARED_APP_KICKER_H
#define SHARED_APP_KICKER_H

#include "shared/app/kicks.h"
#include "shared/app/subscriber.h"

struct bus;

struct kicker {
	struct kicks kicks;		 /* in force */
	struct subscribers *subscribers; /* borrowed */
};

/* Listens to `bus`, which is open. */
void kicker_open(struct kicker *k, struct bus *bus,
		 struct subscribers *subscribers);

/* After the bus was closed. */
void kicker_close(struct kicker *k);

#endif
