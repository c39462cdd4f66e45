/* SPDX-License-Identifier: MIT */
/*
 * canary.h - a message that is published to see whether it comes back.
 *
 * It goes the way of all messages: stored and announced by the script, received
 * on the subscription. Its channel is that of `push-publish --health`. One at a
 * time, at most one a second, shared by all who ask.
 */
#ifndef SHARED_APP_CANARY_H
#define SHARED_APP_CANARY_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/wheel.h"
#include "shared/bus/bus.h"
#include "shared/bus/call.h"
#include "shared/conf/conf.h"
#include "shared/model/id.h"
#include "shared/model/message.h"
#include "shared/model/random_key.h"

enum { CANARY_EVERY_MS = 1000, CANARY_FAULT_SIZE = 200 };

enum canary_step {
	CANARY_IDLE,
	CANARY_CONNECT,
	CANARY_PUBLISH,
	CANARY_RECEIVE
};

struct canary {
	/* Set by the caller, borrowed. */
	struct bus *bus;
	const struct conf *conf;
	struct wheel *wheel;
	void (*done)(void *arg); /* the fault says what became of it */
	void *arg;
	/* Read-only. */
	char fault[CANARY_FAULT_SIZE]; /* of the last one; "": it came back */
	/* The rest belongs to canary.c. */
	enum canary_step step;
	bool subscribed;
	bool is_known;	       /* the last one ended, at: */
	uint64_t ended;	       /* clock_ms() */
	struct bus_call *call; /* that is not answered yet, or NULL */
	struct id stored;      /* 0-0: not yet */
	struct id received;
	char data[RANDOM_KEY_SIZE];
	struct wheel_timer timer; /* bus.timeout of the whole */
};

/* False: the last one is younger than CANARY_EVERY_MS, its fault counts. True:
 * one is on its way, and done() is called within bus.timeout. */
bool canary_ask(struct canary *c);

/* From the handler of the bus. */
void canary_subscription_up(struct canary *c);
void canary_subscription_down(struct canary *c);
void canary_down(struct canary *c);
void canary_subscribed(struct canary *c, const char *channel, size_t len);
void canary_message(struct canary *c, const struct message *m);

/* Before the bus is closed: done() is not called any more. */
void canary_close(struct canary *c);

#endif
