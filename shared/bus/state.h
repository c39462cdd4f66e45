/* SPDX-License-Identifier: MIT */
/*
 * state.h - the inside of a bus. For the files of bus/.
 */
#ifndef SHARED_BUS_STATE_H
#define SHARED_BUS_STATE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/bus/handler.h"
#include "shared/bus/keys.h"
#include "shared/bus/publish_channels.h"
#include "shared/bus/redis_conn.h"
#include "shared/bus/redis_outage.h"
#include "shared/bus/replicas.h"
#include "shared/bus/script.h"
#include "shared/bus/slots.h"
#include "shared/conf/conf.h"

enum { BUS_PROBE_CHANNEL_SIZE = CONF_PREFIX_MAX + 64 };

/* See bus_probe(). */
struct probe {
	char channel[BUS_PROBE_CHANNEL_SIZE]; /* of this process only */
	uint64_t token;			      /* of the last probe */
	bool running;
	bool received;	/* the token, on the subscription */
	bool answered;	/* the PUBLISH of it, on commands */
	bool unsent;	/* because it is forbidden, to be told soon */
	bool refused;	/* the subscription to the channel, by an ACL */
	bool forbidden; /* that, or the PUBLISH; it is logged */
	bus_probe_fn *fn;
	void *arg;
	uint64_t proved;	 /* see bus_probe_proved() */
	struct ev_timer late;	 /* see BUS_PROBE_LATE */
	struct ev_timer timeout; /* see BUS_PROBE_DEAD */
};

struct bus_kicks_handler; /* kicks.h */

struct bus {
	struct ev_loop *loop;
	const struct conf *conf;
	const struct bus_handler *handler; /* may be NULL */
	void *arg;
	struct redis_conn *commands;
	struct redis_conn *publisher;	 /* `commands`, or one of its own */
	struct conf *publisher_conf;	 /* of its own one */
	struct sentinel *sentinel;	 /* NULL: not used */
	struct redis_conn *subscription; /* NULL: it does not subscribe */
	bool starting;			 /* see bus_is_starting() */
	bool commands_up;		 /* see bus_is_up() */
	char fault[REDIS_REASON_SIZE];	 /* see bus_fault() */
	bool subscription_up;		 /* the handler was told so */
	bool subscribed;		 /* to the channel of the probe */
	bool refused; /* a subscription, by an ACL; it is logged */
	struct probe probe;
	struct script publish_script, tip_script, rewind_script;
	struct script presence_script;
	struct script entry_script, entries_script;
	bool entry_refused; /* by Redis; it is logged */
	struct script kick_script, kicks_script;
	const struct bus_kicks_handler *kicks_handler; /* NULL: not used */
	void *kicks_arg;
	bool kicks_forbidden;	    /* by an ACL; it is logged */
	unsigned int kicks_reads;   /* that are not answered yet */
	unsigned int kicks_stale;   /* of these, older than a kick */
	char control[BUS_KEY_SIZE]; /* see bus_control_channel() */
	struct publish_channels publish_channels;
	struct ev_prepare publishing; /* sends what is ready */
	bool publishes;		      /* see bus_rights_to_publish() */
	bool rights_said;	      /* that some are missing */
	bool wait_forbidden;	      /* found by rights.c */
	struct slots reads;	      /* of history */
	struct replicas replicas;     /* unused: publish.wait_replicas is 0 */
};

#endif
