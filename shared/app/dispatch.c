/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/dispatch.h"

#include <stdio.h>
#include <string.h>

#include "shared/access/client.h"
#include "shared/app/admission.h"
#include "shared/app/authorizer.h"
#include "shared/app/methods.h"
#include "shared/app/refusal.h"
#include "shared/app/subscriber_presence.h"
#include "shared/app/subscribers.h"
#include "shared/bus/rights.h"
#include "shared/conf/conf_channel.h"
#include "shared/http/cors.h"
#include "shared/http/response.h"
#include "shared/net/conn_room.h"
#include "shared/net/pending_requests.h"
#include "shared/stats/stats.h"
#include "shared/technique.h"
#include "shared/wire/request.h"

static bool
publishes(const struct dispatch *d)
{
	return d->technique->publish != NULL;
}

static bool
reports(const struct dispatch *d)
{
	return d->technique->status != NULL;
}

static struct chain *
scratch(struct dispatch *d)
{
	if (reports(d))
		return &d->reporter.chain;
	return publishes(d) ? &d->publishers.chain
			    : &d->subscribers.fanouts.chain;
}

/* It has no subscribers, and no page of another origin may ask it. */
static bool
is_own(const struct dispatch *d)
{
	return publishes(d) || reports(d);
}

static void
send_problem(struct dispatch *d, struct conn *conn, const struct request *r,
	     struct problem *p)
{
	struct client_id client;
	char cors[CORS_ORIGIN_SIZE];

	cors_read(cors, r, d->conf);
	p->cors = is_own(d) ? NULL : cors;
	client_read(&client, r, d->conf);
	refusal_log(&d->denials, client.address, p);
	response_problem(conn, scratch(d), d->technique, p);
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

/* --- subscribers ---------------------------------------------------------- */

/* A response to HEAD that would be held is its head alone. */
static void
serve(struct dispatch *d, struct conn *conn, struct admission *a)
{
	const struct params *params = &a->params;

	if (params->head_only && technique_holds(d->technique))
		response_stream_head(conn, scratch(d), d->technique,
				     &params->format, params->is_private);
	else
		subscribers_start(&d->subscribers, conn, params, &a->client);
}

/* After Apache has sent the head there is no other status than 200, and a
 * stream needs none to tell its client to come back. For that, however, it
 * takes a descriptor. */
static bool
can_answer(const struct dispatch *d, const struct conns *conns,
	   struct problem *p)
{
	if (conn_room_is_full(conns)) {
		problem_set(p, 503,
			    "The descriptors of this program are used up "
			    "(LimitNOFILE=, hold.max).");
		p->retry_after = d->conf->hold_retry;
		return false;
	}
	if (d->technique->batch == NULL ||
	    !subscribers_redis_is_down(&d->subscribers))
		return true;
	subscriber_redis_problem(p);
	return false;
}

static void
subscribe(struct dispatch *d, struct conn *conn, const struct request *r)
{
	struct admission a;
	struct pending_request *pending = NULL;
	struct problem p;
	enum admission_result result;

	/* A copy first: params_read() decodes the query in place. */
	if (conn->kind->authorizes)
		pending = authorizer_remember(&d->authorizer, r);
	result = admission_decide(&a, &d->admissions, conn, r, &p);
	if (result == ADMITTED && pending != NULL &&
	    !can_answer(d, conn->conns, &p))
		result = ADMISSION_REFUSED;
	if (result == ADMISSION_REFUSED)
		refuse(d, conn, r, &p);
	else if (result == ADMISSION_KICKED)
		send_problem(d, conn, r, &p);
	else if (pending == NULL)
		serve(d, conn, &a);
	else
		authorizer_grant(&d->authorizer, conn, scratch(d), pending, &a);
	if (result != ADMITTED)
		pending_request_free(pending);
	admission_free(&a);
}

/* Also a preflight of a browser. */
static void
answer_options(struct dispatch *d, struct conn *conn, const struct request *r)
{
	char cors[CORS_ORIGIN_SIZE];

	cors_read(cors, r, d->conf);
	response_options(conn, scratch(d),
			 conn->kind->authorizes ? AUTHORIZER_METHODS
						: methods_of(d->technique),
			 is_own(d) ? "" : cors);
}

/* --- wrong settings ------------------------------------------------------- */

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
	p.stored = publishes(d) ? "false" : NULL;
	refuse(d, conn, r, &p);
}

/* --- from the conns ------------------------------------------------------- */

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
	else if (publishes(d))
		publisher_start(&d->publishers, conn, r);
	else if (reports(d))
		reporter_start(&d->reporter, conn, r);
	else
		subscribe(d, conn, r);
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

static void
body_came(void *arg, struct conn *conn, struct buf *body)
{
	(void)arg;
	publisher_body(conn->owner, body);
}

static void
body_too_large(void *arg, struct conn *conn)
{
	(void)arg;
	publisher_body_too_large(conn->owner);
}

static void
body_late(void *arg, struct conn *conn)
{
	(void)arg;
	publisher_body_late(conn->owner);
}

static void
data_came(void *arg, struct conn *conn, const uint8_t *bytes, size_t len)
{
	struct dispatch *d = arg;

	d->subscribers.kind->data(conn->owner, bytes, len);
}

static void
drained(void *arg, struct conn *conn)
{
	if (!publishes(arg) && !reports(arg))
		subscriber_wake(conn->owner);
}

static void
closed(void *arg, struct conn *conn)
{
	if (publishes(arg))
		publisher_closed(conn->owner);
	else if (reports(arg))
		reporter_closed(conn->owner);
	else
		subscriber_closed(conn->owner);
}

static const struct conn_handler handler = {
    .request = request_came,
    .bad_head = bad_head,
    .body = body_came,
    .body_too_large = body_too_large,
    .body_late = body_late,
    .data = data_came,
    .drained = drained,
    .closed = closed,
};

/* --- its life ------------------------------------------------------------- */

void
dispatch_set_conns(struct dispatch *d, struct conns *conns)
{
	conns->handler = &handler;
	conns->arg = d;
	conns->max_head = d->conf->request_max_head;
	conns->max_backlog = d->conf->hold_max_backlog;
	conns->max_memory = d->conf->hold_max_memory;
	conns->timeout = d->conf->request_timeout;
	conns->http = d->technique->duplex != NULL;
	conns->answers_soon = d->technique->stream == NULL;
}

struct bus *
dispatch_bus(const struct dispatch *d)
{
	if (reports(d))
		return d->reporter.bus;
	return publishes(d) ? d->publishers.bus : d->channels.common.bus;
}

static bool
close_first(struct dispatch *d)
{
	limits_close(&d->limits);
	access_keys_close(&d->keys);
	authorizer_close(&d->authorizer);
	return false;
}

static void
open_reporter(struct dispatch *d, struct ev_loop *loop, struct wheel *wheel)
{
	d->reporter.technique = d->technique;
	d->reporter.conf = d->conf;
	d->reporter.keys = &d->keys;
	d->reporter.denials = &d->denials;
	d->reporter.wheel = wheel;
	reporter_open(&d->reporter, loop);
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

bool
dispatch_open(struct dispatch *d, struct ev_loop *loop, struct wheel *wheel,
	      size_t held_max, char fault[CONF_ERROR_SIZE])
{
	if (!open_keys(d, fault))
		return false;
	if (d->enclose != NULL)
		d->enclose(d->enclose_arg);
	if (publishes(d) || technique_holds(d->technique))
		limits_open(&d->limits, d->conf, d->technique->name);
	if (publishes(d)) {
		d->publishers.technique = d->technique;
		d->publishers.conf = d->conf;
		d->publishers.keys = &d->keys;
		d->publishers.denials = &d->denials;
		d->publishers.limits = &d->limits;
		d->publishers.once = d->once;
		return publishers_open(&d->publishers, loop, fault) ||
		       close_first(d);
	}
	if (reports(d)) {
		open_reporter(d, loop, wheel);
		return true;
	}
	channels_open(&d->channels, loop, wheel, d->conf);
	if (d->technique->duplex != NULL && conf_publish_ways(d->conf) != 0)
		bus_rights_to_publish(d->channels.common.bus);
	d->subscribers.technique = d->technique;
	d->subscribers.conf = d->conf;
	d->subscribers.keys = &d->keys;
	d->subscribers.limits = &d->limits;
	d->subscribers.events = &d->events;
	d->subscribers.kicks = &d->kicker.kicks;
	d->admissions = (struct admissions){.technique = d->technique,
					    .conf = d->conf,
					    .keys = &d->keys,
					    .kicker = &d->kicker};
	kicker_open(&d->kicker, d->channels.common.bus, &d->subscribers);
	d->subscribers.wheel = wheel;
	d->subscribers.held_max = held_max;
	subscribers_init(&d->subscribers, &d->channels);
	subscriber_presence_listen(&d->events, &d->subscribers);
	hook_channel_open(&d->hook_channel, d->conf, dispatch_bus(d),
			  &d->events);
	hook_command_open(&d->hook_command, loop, d->hook_pipe, &d->events);
	return true;
}

void
dispatch_close(struct dispatch *d)
{
	access_keys_close(&d->keys);
	authorizer_close(&d->authorizer);
	if (publishes(d)) {
		publishers_close(&d->publishers);
	} else if (reports(d)) {
		reporter_close(&d->reporter);
	} else {
		if (d->technique->duplex != NULL)
			d->technique->duplex->stop();
		subscribers_free(&d->subscribers);
		kicker_close(&d->kicker);
		hook_command_close(&d->hook_command);
		channels_close(&d->channels);
	}
	limits_close(&d->limits);
}

void
dispatch_stop(struct dispatch *d)
{
	d->stopped = true;
	if (reports(d))
		reporter_stop(&d->reporter);
	if (is_own(d))
		return;
	subscribers_stop(&d->subscribers);
	channels_stop(&d->channels);
}

bool
dispatch_end(struct dispatch *d)
{
	if (!d->stopped)
		dispatch_stop(d);
	return is_own(d) || (channels_are_settled(&d->channels) &&
			     hook_channel_is_settled(&d->hook_channel));
}
