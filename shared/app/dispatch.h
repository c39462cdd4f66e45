/* SPDX-License-Identifier: MIT */
/*
 * dispatch.h - from a request to what serves it: method, access checks,
 * parameters, then a subscriber, a publisher or a reporter.
 *
 * One per process. It owns everything between the conns and Redis.
 */
#ifndef SHARED_APP_DISPATCH_H
#define SHARED_APP_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/access/keys.h"
#include "shared/app/admission.h"
#include "shared/app/authorizer.h"
#include "shared/app/denials.h"
#include "shared/app/hook_channel.h"
#include "shared/app/hook_command.h"
#include "shared/app/kicker.h"
#include "shared/app/limits.h"
#include "shared/app/publisher.h"
#include "shared/app/reporter.h"
#include "shared/app/subscriber.h"
#include "shared/app/subscriber_events.h"
#include "shared/base/attributes.h"
#include "shared/base/wheel.h"
#include "shared/conf/conf.h"
#include "shared/conf/conf_error.h"
#include "shared/hub/channels.h"
#include "shared/net/conn.h"
#include "shared/technique.h"

struct dispatch {
	const struct technique *technique;
	const struct conf *conf;
	bool once; /* the process serves one request (CGI) */
	struct access_keys keys;
	struct denials denials;
	struct limits limits;	  /* closed if nothing is held or published */
	struct channels channels; /* of a technique with subscribers */
	struct subscriber_events events;
	bool stopped;
	struct kicker kicker;
	struct admissions admissions;
	bool hands_off; /* set by the caller: it has an authorizer */
	struct authorizer authorizer;
	struct hook_channel hook_channel;
	int hook_pipe; /* of hook_command.h, set by the caller; 0 or -1: none */
	struct hook_command hook_command;
	struct subscribers subscribers;
	struct publishers publishers; /* of one that publishes */
	struct reporter reporter;     /* of the status */

	/* Or NULL: called when keys are read and before threads are started,
	 * each time that it is opened. */
	void (*enclose)(void *arg);
	void *enclose_arg;
};

/* Opens the bus. technique, conf and once are set; all is borrowed. At most
 * `held_max` subscribers are held. False: the spool or a secret cannot be
 * read, as `fault` says, and nothing is open. */
bool dispatch_open(struct dispatch *d, struct ev_loop *loop,
		   struct wheel *wheel, size_t held_max,
		   char fault[CONF_ERROR_SIZE]) MUST_USE;

/* For other questions to Redis. NULL: it has none, as messages are published by
 * a thread (publish.spool). */
struct bus *dispatch_bus(const struct dispatch *d);

/* After conns_close(). */
void dispatch_close(struct dispatch *d);

/* Makes `d` the handler of these conns and sets the limits from the settings;
 * loop, wheel and max_conns are the caller's to set. */
void dispatch_set_conns(struct dispatch *d, struct conns *conns);

/* The process ends: nothing is held any more. */
void dispatch_stop(struct dispatch *d);

/* Nothing is held any more. Stops, if that was not done. True: Redis has been
 * told, as far as it can be reached; else this is to be called again. */
bool dispatch_end(struct dispatch *d);

#endif
