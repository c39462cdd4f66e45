/* SPDX-License-Identifier: MIT */
/*
 * redis_ask.h - asks Redis one question after the other, over the connection
 * that the programs use: the same login, TLS and Sentinel.
 *
 * Nothing takes longer than bus.timeout.
 */
#ifndef COMMANDS_DOCTOR_REDIS_ASK_H
#define COMMANDS_DOCTOR_REDIS_ASK_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/bus/redis_conn.h"
#include "shared/bus/redis_outage.h"

struct redis_ask;

/* `conf` is borrowed while it is open. NULL: `fault` says why Redis cannot be
 * reached, beginning with its address. */
struct redis_ask *redis_ask_open(const struct conf *conf,
				 char fault[REDIS_REASON_SIZE]) MUST_USE;

/* Sends the words, which end with NULL, and waits. fn(arg, reply) is called
 * once before this returns; `reply` is NULL if the connection broke. */
void redis_ask(struct redis_ask *a, const char **words, redis_reply_fn *fn,
	       void *arg);

/* NULL is fine. */
void redis_ask_close(struct redis_ask *a);

#endif
