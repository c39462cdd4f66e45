/* SPDX-License-Identifier: MIT */
/*
 * push-publish-retry.h - when an attempt to publish is repeated.
 *
 * After a delay of up to 2 s (backoff.h), or as soon as Redis is connected.
 */
#ifndef COMMANDS_PUSH_PUBLISH_RETRY_H
#define COMMANDS_PUSH_PUBLISH_RETRY_H

#include <ev.h>
#include <stdbool.h>

#include "commands/push-publish-run.h"
#include "shared/base/attributes.h"
#include "shared/base/backoff.h"
#include "shared/model/publication.h"

struct push_publish_retry {
	struct push_publish *command;
	void (*fn)(void *arg); /* repeats */
	void *arg;
	double limit; /* s from the first attempt; INFINITY: none */
	/* private */
	struct ev_timer timer;
	double began; /* ev_now() of the first attempt */
	struct backoff backoff;
	bool unknown;	  /* it may be stored by one of the attempts */
	char reason[256]; /* of the last that failed */
};

/* The loop is open; command, fn, arg and limit are set. */
void push_publish_retry_init(struct push_publish_retry *r);

/* Before the first attempt. */
void push_publish_retry_begin(struct push_publish_retry *r);

/*
 * An attempt has failed with `result`. True: fn is called later. False: it is
 * refused for good, or too late; see push_publish_retry_status().
 */
bool push_publish_retry_later(struct push_publish_retry *r,
			      const struct publish_result *result) MUST_USE;

/* True: an attempt has failed since the begin. */
bool push_publish_retry_failed(const struct push_publish_retry *r) MUST_USE;

/* For push_publish_open(), with the retry as its argument: does not wait any
 * longer when Redis is connected. */
extern const struct bus_handler push_publish_retry_handler;

/* What all attempts together mean. */
enum push_publish_exit
push_publish_retry_status(const struct push_publish_retry *r);

#endif
