/* SPDX-License-Identifier: MIT */
/*
 * sentinel.h - asks Sentinel which server is the master.
 *
 * One Sentinel of bus.sentinel is asked twice a second; one that does not
 * answer within a second, or does not know the master, is replaced by the next.
 * So what it says is known within a second, also when a notification would have
 * been lost with its connection.
 *
 * A Sentinel that is cut off from the others may name the old master. Against
 * that there is min-replicas-to-write in the configuration of Redis.
 *
 * Source: https://redis.io/docs/latest/develop/reference/sentinel-clients/
 */
#ifndef SHARED_BUS_SENTINEL_H
#define SHARED_BUS_SENTINEL_H

#include "shared/base/attributes.h"

struct conf;
struct ev_loop;
struct redis_url;
struct sentinel;

/* Both are called from the loop, and must not close it. */
struct sentinel_handler {
	/* The master is another than before, or known for the first time. `url`
	 * is bus.url with its address, valid until sentinel_close(). */
	void (*master)(void *arg, const struct redis_url *url);
	/* No Sentinel names one: all were asked since the last answer. */
	void (*failed)(void *arg, const char *reason);
};

/* Starts asking. Everything is borrowed. */
struct sentinel *sentinel_open(struct ev_loop *loop, const struct conf *conf,
			       const struct sentinel_handler *handler,
			       void *arg) MUST_USE RETURNS_NONNULL;

/* NULL is fine. */
void sentinel_close(struct sentinel *s);

#endif
