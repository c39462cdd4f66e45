/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/spool/spooler.h"

#include <ev.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "shared/base/log.h"
#include "shared/base/xalloc.h"
#include "shared/bus/bus.h"
#include "shared/bus/rights.h"
#include "shared/conf/conf.h"
#include "shared/spool/spool.h"

struct spooler_call {
	STAILQ_ENTRY(spooler_call) link; /* of one of the queues */
	struct spooler *spooler;
	bus_published_fn *fn; /* of the loop, not the thread */
	void *arg;
	struct publication publication;
	struct publish_result result; /* its reason is: */
	char reason[SPOOL_ERROR_SIZE];
	char texts[]; /* of the publication, each with a NUL */
};
STAILQ_HEAD(spooler_calls, spooler_call);

struct spooler {
	struct ev_loop *loop;
	struct ev_async answered; /* of `loop`: something is in `results` */

	/* shared, under the mutex */
	pthread_mutex_t mutex;
	struct spooler_calls asked;
	struct spooler_calls results;
	bool stops;

	/* of the thread */
	pthread_t thread;
	struct ev_loop *own_loop;
	struct ev_async woken; /* something is in `asked`, or it stops */
	struct spool spool;
};

/* Of a call that the thread has not got. */
static const struct publish_result ending = {.status = PUBLISHED_NOT_STORED,
					     .reason = "The program is ending.",
					     .temporary = true};

/* --- the thread ----------------------------------------------------------- */

static void
published(void *arg, const struct publish_result *result)
{
	struct spooler_call *call = arg;
	struct spooler *s = call->spooler;

	call->result = *result;
	if (result->reason != NULL) {
		snprintf(call->reason, sizeof(call->reason), "%s",
			 result->reason);
		call->result.reason = call->reason;
	}
	pthread_mutex_lock(&s->mutex);
	STAILQ_INSERT_TAIL(&s->results, call, link);
	pthread_mutex_unlock(&s->mutex);
	ev_async_send(s->loop, &s->answered);
}

static void
woken(struct ev_loop *loop, ev_async *watcher, int revents)
{
	struct spooler *s = watcher->data;
	struct spooler_calls asked = STAILQ_HEAD_INITIALIZER(asked);
	struct spooler_call *call;
	bool stops;

	(void)revents;
	pthread_mutex_lock(&s->mutex);
	stops = s->stops;
	if (!stops)
		STAILQ_CONCAT(&asked, &s->asked);
	pthread_mutex_unlock(&s->mutex);
	if (stops)
		ev_break(loop, EVBREAK_ALL);
	while ((call = STAILQ_FIRST(&asked)) != NULL) {
		STAILQ_REMOVE_HEAD(&asked, link);
		spool_publish(&s->spool, &call->publication, published, call);
	}
}

static void
up(void *arg)
{
	struct spooler *s = arg;

	spool_send(&s->spool);
}

static void
down(void *arg)
{
	(void)arg;
}

static const struct bus_handler handler = {.up = up, .down = down};

static void *
run(void *arg)
{
	struct spooler *s = arg;

	ev_run(s->own_loop, 0);
	bus_close(s->spool.bus);
	s->spool.bus = NULL;
	return NULL;
}

/* Signals are for the thread of the loop that handles them. */
static bool
start_thread(struct spooler *s)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&s->thread, NULL, run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0;
}

/* --- the loop ------------------------------------------------------------- */

static void
answered(struct ev_loop *loop, ev_async *watcher, int revents)
{
	struct spooler *s = watcher->data;
	struct spooler_calls results = STAILQ_HEAD_INITIALIZER(results);
	struct spooler_call *call;

	(void)loop;
	(void)revents;
	pthread_mutex_lock(&s->mutex);
	STAILQ_CONCAT(&results, &s->results);
	pthread_mutex_unlock(&s->mutex);
	while ((call = STAILQ_FIRST(&results)) != NULL) {
		STAILQ_REMOVE_HEAD(&results, link);
		call->fn(call->arg, &call->result);
		free(call);
	}
}

void
spooler_publish(struct spooler *s, const struct publication *p,
		bus_published_fn *fn, void *arg)
{
	struct spooler_call *call =
	    xmalloc(sizeof(*call) + publication_size(p));

	*call = (struct spooler_call){
	    .spooler = s, .fn = fn, .arg = arg, .result = ending};
	publication_copy(&call->publication, call->texts, p);
	pthread_mutex_lock(&s->mutex);
	STAILQ_INSERT_TAIL(&s->asked, call, link);
	pthread_mutex_unlock(&s->mutex);
	ev_async_send(s->own_loop, &s->woken);
}

/* --- open and close ------------------------------------------------------- */

static void
finish_calls(struct spooler_calls *calls)
{
	struct spooler_call *call;

	while ((call = STAILQ_FIRST(calls)) != NULL) {
		STAILQ_REMOVE_HEAD(calls, link);
		call->fn(call->arg, &call->result);
		free(call);
	}
}

static void
free_all(struct spooler *s)
{
	bus_close(s->spool.bus);
	spool_close(&s->spool);
	ev_async_stop(s->loop, &s->answered);
	finish_calls(&s->results);
	finish_calls(&s->asked);
	if (s->own_loop != NULL)
		ev_loop_destroy(s->own_loop);
	pthread_mutex_destroy(&s->mutex);
	free(s);
}

static void
start_watchers(struct spooler *s)
{
	ev_async_init(&s->answered, answered);
	s->answered.data = s;
	ev_async_start(s->loop, &s->answered);
	ev_async_init(&s->woken, woken);
	s->woken.data = s;
	ev_async_start(s->own_loop, &s->woken);
}

struct spooler *
spooler_open(struct ev_loop *loop, const struct conf *conf,
	     char fault[CONF_ERROR_SIZE])
{
	struct spooler *s = xcalloc(1, sizeof(*s));

	s->loop = loop;
	STAILQ_INIT(&s->asked);
	STAILQ_INIT(&s->results);
	pthread_mutex_init(&s->mutex, NULL);
	s->own_loop = ev_loop_new(EVFLAG_AUTO);
	if (s->own_loop == NULL)
		xalloc_failed();
	start_watchers(s);
	if (spool_open(&s->spool, conf, conf->publish_spool)) {
		s->spool.bus = bus_open(s->own_loop, conf, &handler, s);
		bus_rights_to_publish(s->spool.bus);
		if (start_thread(s))
			return s;
		snprintf(fault, CONF_ERROR_SIZE, "Cannot start a thread.");
	} else {
		snprintf(fault, CONF_ERROR_SIZE, "publish.spool: %s",
			 s->spool.folder.error);
	}
	free_all(s);
	return NULL;
}

void
spooler_close(struct spooler *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->mutex);
	s->stops = true;
	pthread_mutex_unlock(&s->mutex);
	ev_async_send(s->own_loop, &s->woken);
	pthread_join(s->thread, NULL);
	free_all(s);
}
