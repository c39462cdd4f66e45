/* SPDX-License-Identifier: MIT */
/*
 * spool.h - publishes through a spool: a message that Redis does not take for a
 * time is kept on disk and sent later.
 *
 *	a message of the channel is in the spool	behind it; then the
 *							spool is sent
 *	Redis stores or refuses the message		the result
 *	Redis is away, busy or full			into the spool
 *	the result is unknown				into the spool
 *	the spool is full or cannot be written		the result as without
 *							a spool
 *
 * A publication without a key gets one, so what is unknown is stored once.
 *
 * It blocks on the disk: an event loop that serves clients uses spooler.h.
 *
 * Settings: publish.spool_max, publish.key_ttl in push.conf(5)
 */
#ifndef SHARED_SPOOL_SPOOL_H
#define SHARED_SPOOL_SPOOL_H

#include <stdbool.h>
#include <sys/queue.h>

#include "shared/base/attributes.h"
#include "shared/bus/publish.h"
#include "shared/conf/conf.h"
#include "shared/spool/flush.h"
#include "shared/spool/folder.h"

struct bus;

struct spool_call;
LIST_HEAD(spool_calls, spool_call);

struct spool {
	const struct conf *conf;
	struct bus *bus;
	struct spool_folder folder;
	struct spool_flush flush;
	/* Sending what is there has ended. May be NULL. */
	void (*flushed)(void *arg, enum spool_flush_end end);
	void *arg;
	struct spool_calls behind; /* in the spool; waiting for the flush */
};

/* `path` and `conf` are borrowed. False: s->folder.error. */
bool spool_open(struct spool *s, const struct conf *conf,
		const char *path) MUST_USE;

/* After the bus is closed. */
void spool_close(struct spool *s);

/* Publishes a message, which is copied; s->bus is open. The result may be
 * PUBLISHED_SPOOLED. fn(arg, result) is called once, from the loop or during
 * the call. */
void spool_publish(struct spool *s, const struct publication *publication,
		   bus_published_fn *fn, void *arg);

/* Sends what is there. */
void spool_send(struct spool *s);

bool spool_is_sending(const struct spool *s);

#endif
