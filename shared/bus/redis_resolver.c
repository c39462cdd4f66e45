/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_resolver.h"

#include <ev.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "shared/base/xalloc.h"
#include "shared/conf/redis_url.h"

/* What the resolver and its thread share; the last owner frees it. */
struct job {
	atomic_int owners;
	atomic_bool done; /* `found` is written */
	int event;	  /* eventfd: done */
	char *host;
	uint16_t port;
	struct redis_addresses found;
};

struct redis_resolver {
	struct ev_loop *loop;
	const struct redis_url *url;
	redis_resolved_fn *fn;
	void *arg;
	bool asked;	 /* fn is to be called */
	struct job *job; /* NULL: no thread runs */
	struct ev_io event;
};

/* --- both threads --------------------------------------------------------- */

static void
leave(struct job *job)
{
	if (atomic_fetch_sub(&job->owners, 1) > 1)
		return;
	close(job->event);
	free(job->host);
	free(job);
}

/* --- the thread ----------------------------------------------------------- */

static void *
resolve(void *arg)
{
	struct job *job = arg;

	redis_addresses_resolve(&job->found, job->host, job->port);
	atomic_store(&job->done, true);
	eventfd_write(job->event, 1);
	leave(job);
	return NULL;
}

/* Signals are for the main thread. */
static bool
start_thread(struct job *job)
{
	pthread_t thread;
	sigset_t all, old;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&thread, NULL, resolve, job);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error == 0)
		pthread_detach(thread);
	return error == 0;
}

/* --- the loop ------------------------------------------------------------- */

static void
drop_job(struct redis_resolver *r)
{
	if (r->job == NULL)
		return;
	ev_io_stop(r->loop, &r->event);
	leave(r->job);
	r->job = NULL;
}

static void
job_done(struct ev_loop *loop, ev_io *event, int revents)
{
	struct redis_resolver *r = event->data;
	struct redis_addresses found;

	(void)loop;
	(void)revents;
	if (!atomic_load(&r->job->done))
		return;
	found = r->job->found;
	drop_job(r);
	if (!r->asked)
		return;
	r->asked = false;
	r->fn(r->arg, &found);
}

/* NULL: the system has no descriptor or no thread for it. */
static struct job *
new_job(const struct redis_url *url)
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->host = xstrdup(url->host);
	job->port = url->port;
	job->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	atomic_init(&job->owners, 2);
	if (job->event >= 0 && start_thread(job))
		return job;
	if (job->event >= 0)
		close(job->event);
	free(job->host);
	free(job);
	return NULL;
}

bool
redis_resolver_ask(struct redis_resolver *r)
{
	if (r->job == NULL) {
		r->job = new_job(r->url);
		if (r->job == NULL)
			return false;
		ev_io_set(&r->event, r->job->event, EV_READ);
		ev_io_start(r->loop, &r->event);
	}
	r->asked = true;
	return true;
}

void
redis_resolver_stop(struct redis_resolver *r)
{
	r->asked = false;
}

struct redis_resolver *
redis_resolver_new(struct ev_loop *loop, const struct redis_url *url,
		   redis_resolved_fn *fn, void *arg)
{
	struct redis_resolver *r = xcalloc(1, sizeof(*r));

	r->loop = loop;
	r->url = url;
	r->fn = fn;
	r->arg = arg;
	ev_io_init(&r->event, job_done, -1, EV_READ);
	r->event.data = r;
	return r;
}

void
redis_resolver_free(struct redis_resolver *r)
{
	if (r == NULL)
		return;
	drop_job(r);
	free(r);
}
