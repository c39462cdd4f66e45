/* SPDX-License-Identifier: MIT */
/*
 * spooler.h - a spool for an event loop that may not block: a thread with a
 * loop and a bus of its own publishes through the folder publish.spool.
 *
 * The thread also sends what is in the spool as soon as Redis is connected.
 */
#ifndef SHARED_SPOOL_SPOOLER_H
#define SHARED_SPOOL_SPOOLER_H

#include "shared/base/attributes.h"
#include "shared/bus/publish.h"
#include "shared/conf/conf_error.h"

struct conf;
struct ev_loop;
struct spooler;

/* Starts the thread; results are delivered in `loop`. `conf` is borrowed. NULL:
 * the folder cannot be opened, or there is no thread; `fault` says which. */
struct spooler *spooler_open(struct ev_loop *loop, const struct conf *conf,
			     char fault[CONF_ERROR_SIZE]) MUST_USE;

/* Waits for the thread, and frees it. The functions of all calls are called.
 * NULL is fine. */
void spooler_close(struct spooler *s);

/* As bus_publish(); the result may be PUBLISHED_SPOOLED. */
void spooler_publish(struct spooler *s, const struct publication *publication,
		     bus_published_fn *fn, void *arg);

#endif
