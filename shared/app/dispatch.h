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
#include "shared/app/authorizer.h"
#include "shared/app/denials.h"
#include "shared/app/limits.h"
#include "shared/app/publisher.h"
#include "shared/app/reporter.h"
#include "shared/app/subscribing.h"
#include "shared/base/attributes.h"
#include "shared/base/wheel.h"
#include "shared/bus/bus.h"
#include "shared/conf/conf.h"
#include "shared/conf/conf_error.h"
#include "shared/net/chain.h"
#include "shared/net/conn.h"
#include "shared/technique.h"

struct service;

struct dispatch {
	/* Set by the caller, borrowed. */
	const struct technique *technique;
	const struct conf *conf;
	struct wheel *wheel;
	size_t held_max; /* subscribers */
	bool once;	 /* the process serves one request (CGI) */
	bool hands_off;	 /* it has an authorizer */
	int hook_pipe;	 /* of hook_command.h; 0 or -1: none */
	/* Or NULL: called when keys are read and before threads are started,
	 * each time that it is opened. */
	void (*enclose)(void *arg);
	void *enclose_arg;

	/* The rest belongs to dispatch.c. */
	const struct service *service; /* what it does with requests */
	struct access_keys keys;
	struct authorizer authorizer;
	struct denials denials;
	struct limits limits; /* closed if nothing is held or published */
	/* One of these is open: */
	struct subscribing subscribing;
	struct publishers publishers;
	struct reporter reporter;
	/* Of that one. The bus is NULL if messages are published by a thread
	 * (publish.spool). */
	struct bus *bus;
	struct chain *scratch;
	bool stopped;
};

/* Opens the bus. False: the spool or a secret cannot be read, as `fault` says,
 * and nothing is open. */
bool dispatch_open(struct dispatch *d, struct ev_loop *loop,
		   char fault[CONF_ERROR_SIZE]) MUST_USE;

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
