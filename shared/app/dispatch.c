/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/dispatch.h"

#include <stdio.h>
#include <string.h>

#include "shared/access/client.h"
#include "shared/app/methods.h"
#include "shared/app/refusal.h"
#include "shared/http/cors.h"
#include "shared/http/response.h"
#include "shared/stats/stats.h"

/* What a program does with its requests: one of three, by its technique. */
struct service {
	/* No page of another origin may ask it. */
	bool is_own;

	/* Opens the bus, and sets `bus` and `scratch`. False: as
	 * dispatch_open(). */
	bool (*open)(struct dispatch *d, struct ev_loop *loop,
		     char fault[CONF_ERROR_SIZE]);
	/* A request that may be served came. */
	void (*start)(struct dispatch *d, struct conn *conn,
		      const struct request *r);
	/* What comes after it. */
	struct conn_handler handler;
	/* The process ends. Then: has Redis been told? Both may be NULL. */
	void (*stop)(struct dispatch *d);
	bool (*is_settled)(const struct dispatch *d);
	void (*close)(struct dispatch *d);
};

static void
send_problem(struct dispatch *d, struct conn *conn, const struct request *r,
	     struct problem *p)
{
	struct client_id client;
	char cors[CORS_ORIGIN_SIZE];

	cors_read(cors, r, d->conf);
	p->cors = d->service->is_own ? NULL : cors;
	client_read(&client, r, d->conf);
	refusal_log(&d->denials, client.address, p);
	response_problem(conn, d->scratch, d->technique, p);
}

static void
refuse(struct dispatch *d, struct conn *conn, const struct request *r,
       struct problem *p)
{
	if (d->conf->stand_in && p->status == 503)
		stats_refused(STATS_REFUSED_SETTINGS);
	else
		stats_refused_status(p->status);
	send_problem(d, conn, r, p);
}

/* --- a request ------------------------------------------------------------ */

/* Also a preflight of a browser. */
static void
answer_options(struct dispatch *d, struct conn *conn, const struct request *r)
{
	char cors[CORS_ORIGIN_SIZE];

	cors_read(cors, r, d->conf);
	response_options(conn, d->scratch,
			 conn->kind->authorizes ? AUTHORIZER_METHODS
						: methods_of(d->technique),
			 d->service->is_own ? "" : cors);
}

/* Streams are answered as when they are not held; for all else there is no
 * answer that every client takes for a moment only. */
static void
refuse_all(struct dispatch *d, struct conn *conn, const struct request *r)
{
	struct problem p;

	problem_set(&p, 503,
		    "The settings of this program are wrong; its log says "
		    "which.");
	p.retry_after = d->conf->hold_retry;
	p.stored = d->technique->publish != NULL ? "false" : NULL;
	refuse(d, conn, r, &p);
}

static bool
has_short_query(const struct dispatch *d, const struct request *r,
		struct problem *p)
{
	return strlen(request_get(r, "QUERY_STRING")) <=
		   d->conf->request_max_query ||
	       problem_set(p, 414,
			   "The query is longer than %u bytes "
			   "(request.max_query).",
			   d->conf->request_max_query);
}

static bool
states_its_client(const struct dispatch *d, const struct request *r,
		  struct problem *p)
{
	return !client_is_disputed(r, d->conf) ||
	       problem_set(p, 400,
			   "Several header fields of the request are read as "
			   "X-Forwarded-For.");
}

static void
request_came(void *arg, struct conn *conn, const struct request *r)
{
	struct dispatch *d = arg;
	const char *method = request_get(r, "REQUEST_METHOD");
	struct problem p;

	if (conn->kind->authorizes &&
	    !authorizer_takes(&d->authorizer, conn, r, &p))
		refuse(d, conn, r, &p);
	else if (!has_short_query(d, r, &p) || !states_its_client(d, r, &p))
		refuse(d, conn, r, &p);
	else if (strcmp(method, "OPTIONS") == 0)
		answer_options(d, conn, r);
	else if (!methods_allow(d->technique, method, &p))
		refuse(d, conn, r, &p);
	else if (d->conf->stand_in && d->technique->stream == NULL)
		refuse_all(d, conn, r);
	else
		d->service->start(d, conn, r);
}

static void
bad_head(void *arg, struct conn *conn, const struct problem *p)
{
	static char address[] = "REMOTE_ADDR=?";
	static char *const variables[] = {address, NULL};
	const struct request unknown = {.variables = variables};
	struct problem problem = *p;

	refuse(arg, conn, &unknown, &problem);
}

/* --- requests that subscribe ---------------------------------------------- */

static bool
open_subscribing(struct dispatch *d, struct ev_loop *loop,
		 char fault[CONF_ERROR_SIZE])
{
	const struct subscribing_options options = {
	    .technique = d->technique,
	    .conf = d->conf,
	    .keys = &d->keys,
	    .limits = &d->limits,
	    .authorizer = &d->authorizer,
	    .wheel = d->wheel,
	    .held_max = d->held_max,
	    .hook_pipe = d->hook_pipe,
	};

	(void)fault;
	if (technique_holds(d->technique))
		limits_open(&d->limits, d->conf, d->technique->name);
	subscribing_open(&d->subscribing, loop, &options);
	d->bus = d->subscribing.channels.common.bus;
	d->scratch = &d->subscribing.subscribers.fanouts.chain;
	return true;
}

static void
subscribe(struct dispatch *d, struct conn *conn, const struct request *r)
{
	struct problem p;

	switch (subscribing_start(&d->subscribing, conn, r, &p)) {
	case ADMITTED:
		break;
	case ADMISSION_REFUSED:
		refuse(d, conn, r, &p);
		break;
	case ADMISSION_KICKED:
		send_problem(d, conn, r, &p);
		break;
	}
}

static void
stop_subscribing(struct dispatch *d)
{
	subscribing_stop(&d->subscribing);
}

static bool
is_subscribing_settled(const struct dispatch *d)
{
	return subscribing_is_settled(&d->subscribing);
}

static void
close_subscribing(struct dispatch *d)
{
	subscribing_close(&d->subscribing);
}

static const struct service subscribes = {
    .open = open_subscribing,
    .start = subscribe,
    .handler = {.request = request_came,
		.bad_head = bad_head,
		.data = subscribing_data,
		.drained = subscribing_drained,
		.closed = subscribing_closed},
    .stop = stop_subscribing,
    .is_settled = is_subscribing_settled,
    .close = close_subscribing,
};

/* It has sent all that it had to send. */
static void
drained(void *arg, struct conn *conn)
{
	(void)arg;
	(void)conn;
}

/* --- requests that publish ------------------------------------------------ */

static bool
open_publishers(struct dispatch *d, struct ev_loop *loop,
		char fault[CONF_ERROR_SIZE])
{
	struct publishers *all = &d->publishers;

	limits_open(&d->limits, d->conf, d->technique->name);
	all->technique = d->technique;
	all->conf = d->conf;
	all->keys = &d->keys;
	all->denials = &d->denials;
	all->limits = &d->limits;
	all->once = d->once;
	if (!publishers_open(all, loop, fault))
		return false;
	d->bus = all->bus;
	d->scratch = &all->chain;
	return true;
}

static void
publish(struct dispatch *d, struct conn *conn, const struct request *r)
{
	publisher_start(&d->publishers, conn, r);
}

static void
close_publishers(struct dispatch *d)
{
	publishers_close(&d->publishers);
}

static const struct service publishes = {
    .is_own = true,
    .open = open_publishers,
    .start = publish,
    .handler = {.request = request_came,
		.bad_head = bad_head,
		.body = publisher_body,
		.body_too_large = publisher_body_too_large,
		.body_late = publisher_body_late,
		.drained = drained,
		.closed = publisher_closed},
    .close = close_publishers,
};

/* --- requests for the status ---------------------------------------------- */

static bool
open_reporter(struct dispatch *d, struct ev_loop *loop,
	      char fault[CONF_ERROR_SIZE])
{
	struct reporter *all = &d->reporter;

	(void)fault;
	all->technique = d->technique;
	all->conf = d->conf;
	all->keys = &d->keys;
	all->denials = &d->denials;
	all->wheel = d->wheel;
	reporter_open(all, loop);
	d->bus = all->bus;
	d->scratch = &all->chain;
	return true;
}

static void
report(struct dispatch *d, struct conn *conn, const struct request *r)
{
	reporter_start(&d->reporter, conn, r);
}

static void
stop_reporter(struct dispatch *d)
{
	reporter_stop(&d->reporter);
}

static void
close_reporter(struct dispatch *d)
{
	reporter_close(&d->reporter);
}

static const struct service reports = {
    .is_own = true,
    .open = open_reporter,
    .start = report,
    .handler = {.request = request_came,
		.bad_head = bad_head,
		.drained = drained,
		.closed = reporter_closed},
    .stop = stop_reporter,
    .close = close_reporter,
};

/* --- its life ------------------------------------------------------------- */

static const struct service *
service_of(const struct technique *t)
{
	if (technique_subscribes(t))
		return &subscribes;
	return t->publish != NULL ? &publishes : &reports;
}

void
dispatch_set_conns(struct dispatch *d, struct conns *conns)
{
	conns->handler = &service_of(d->technique)->handler;
	conns->arg = d;
	conns->max_head = d->conf->request_max_head;
	conns->max_backlog = d->conf->hold_max_backlog;
	conns->max_memory = d->conf->hold_max_memory;
	conns->timeout = d->conf->request_timeout;
	conns->http = d->technique->duplex != NULL;
	conns->answers_soon = d->technique->stream == NULL;
}

static bool
open_keys(struct dispatch *d, char fault[CONF_ERROR_SIZE])
{
	char why[SECRET_FAULT_SIZE];

	if (access_keys_open(&d->keys, d->conf, why)) {
		if (!d->hands_off ||
		    authorizer_open(&d->authorizer, d->technique, d->conf, why))
			return true;
		access_keys_close(&d->keys);
	}
	snprintf(fault, CONF_ERROR_SIZE, "%.*s", CONF_ERROR_SIZE - 1, why);
	return false;
}

static void
close_keys(struct dispatch *d)
{
	access_keys_close(&d->keys);
	authorizer_close(&d->authorizer);
}

bool
dispatch_open(struct dispatch *d, struct ev_loop *loop,
	      char fault[CONF_ERROR_SIZE])
{
	d->service = service_of(d->technique);
	if (!open_keys(d, fault))
		return false;
	if (d->enclose != NULL)
		d->enclose(d->enclose_arg);
	if (d->service->open(d, loop, fault))
		return true;
	limits_close(&d->limits);
	close_keys(d);
	return false;
}

void
dispatch_close(struct dispatch *d)
{
	close_keys(d);
	d->service->close(d);
	limits_close(&d->limits);
}

void
dispatch_stop(struct dispatch *d)
{
	d->stopped = true;
	if (d->service->stop != NULL)
		d->service->stop(d);
}

bool
dispatch_end(struct dispatch *d)
{
	if (!d->stopped)
		dispatch_stop(d);
	return d->service->is_settled == NULL || d->service->is_settled(d);
}
