/* SPDX-License-Identifier: MIT */
/*
 * state.h - the inside of a bus. For the files of bus/.
 */
#ifndef SHARED_BUS_STATE_H
#define SHARED_BUS_STATE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "shared/bus/handler.h"
#include "shared/bus/redis_conn.h"
#include "shared/bus/script.h"
#include "shared/conf/conf.h"

enum { BUS_PROBE_CHANNEL_SIZE = CONF_PREFIX_MAX + 64 };

struct publish_call;
TAILQ_HEAD(publish_calls, publish_call);

/* See bus_probe(). */
struct probe {
	char channel[BUS_PROBE_CHANNEL_SIZE]; /* of this process only */
	uint64_t token;			      /* of the last probe */
	bool running;
	bool received; /* the token, on the subscription */
	bool answered; /* the PUBLISH of it, on commands */
	void (*done)(void *arg);
	void *arg;
	struct ev_timer timeout;
};

struct bus {
	struct ev_loop *loop;
	const struct conf *conf;
	const struct bus_handler *handler; /* may be NULL */
	void *arg;
	struct redis_conn *commands;
	struct redis_conn *subscription; /* NULL: it does not subscribe */
	bool starting;			 /* see bus_is_starting() */
	bool up;			 /* see bus_is_up() */
	bool subscribed;		 /* to the channel of the probe */
	struct probe probe;
	struct script publish_script;
	struct publish_calls waiting; /* for a connection */
};

#endif
