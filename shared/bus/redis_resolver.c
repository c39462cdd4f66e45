/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_resolver.h"

#include <ev.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
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
	redis_resolved_fn *fn;
	void *arg;
	const struct redis_url *asked; /* NULL: fn is not to be called */
	struct job *job;	       /* NULL: no thread runs */
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

static bool start_job(struct redis_resolver *r);

/* The host may have changed while the thread hung. */
static bool
answers(const struct job *job, const struct redis_url *url)
{
	return strcmp(job->host, url->host) == 0 && job->port == url->port;
}

static void
job_done(struct ev_loop *loop, ev_io *event, int revents)
{
	struct redis_resolver *r = event->data;
	struct redis_addresses found;
	bool useful;

	(void)loop;
	(void)revents;
	if (!atomic_load(&r->job->done))
		return;
	found = r->job->found;
	useful = r->asked != NULL && answers(r->job, r->asked);
	drop_job(r);
	if (!useful && (r->asked == NULL || start_job(r)))
		return;
	r->asked = NULL;
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

static bool
start_job(struct redis_resolver *r)
{
	r->job = new_job(r->asked);
	if (r->job == NULL)
		return false;
	ev_io_set(&r->event, r->job->event, EV_READ);
	ev_io_start(r->loop, &r->event);
	return true;
}

bool
redis_resolver_ask(struct redis_resolver *r, const struct redis_url *url)
{
	r->asked = url;
	if (r->job != NULL || start_job(r))
		return true;
	r->asked = NULL;
	return false;
}

void
redis_resolver_stop(struct redis_resolver *r)
{
	r->asked = NULL;
}

struct redis_resolver *
redis_resolver_new(struct ev_loop *loop, redis_resolved_fn *fn, void *arg)
{
	struct redis_resolver *r = xcalloc(1, sizeof(*r));

	r->loop = loop;
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
