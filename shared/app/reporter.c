/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/reporter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/access/client.h"
#include "shared/app/refusal.h"
#include "shared/app/report_access.h"
#include "shared/base/clock.h"
#include "shared/base/xalloc.h"
#include "shared/bus/probe.h"
#include "shared/http/response.h"
#include "shared/stats/stats.h"

enum {
	BODY_MAX = 16 * 1024 * 1024, /* 1,024 processes with all they have */
	HEAD_MAX = 4096,
	AGAIN_S = 5
};

struct report_request {
	TAILQ_ENTRY(report_request) entry;
	struct reporter *all;
	struct conn *conn;
	struct format format;
	uint64_t began; /* clock_ms() */
	bool head_only;
	bool is_viewer; /* is in `viewers`; its head is sent */
	bool is_short;	/* a viewer that is not held */
};

static bool
is_health(const struct report_request *q)
{
	return report_is_health(q->format.report);
}

static bool
is_events(const struct report_request *q)
{
	return q->format.report == REPORT_EVENTS;
}

static void
report_free(struct report_request *q)
{
	if (q->is_viewer) {
		TAILQ_REMOVE(&q->all->viewers, q, entry);
		q->all->viewer_count--;
	} else {
		TAILQ_REMOVE(&q->all->waiting, q, entry);
	}
	free(q);
}

void
reporter_closed(void *arg, struct conn *conn)
{
	(void)arg;
	report_free(conn->owner);
}

/* --- answers -------------------------------------------------------------- */

static void
clear_bodies(struct reporter *all)
{
	for (size_t i = 0; i < REPORTS; i++)
		buf_free(&all->bodies[i]);
}

/* Made once of what was read; what says how the canary is doing, each time. */
static const struct buf *
body_of(struct reporter *all, const struct format *format)
{
	struct buf *body = &all->bodies[format->report];

	if (body->len > 0 && !report_is_health(format->report))
		return body;
	buf_clear(body);
	all->technique->status->response(format, &all->survey->status, body);
	return body;
}

static unsigned int
status_code(const struct report_request *q)
{
	const struct status *s = &q->all->survey->status;
	bool good = is_health(q) ? status_is_healthy(s) : s->fault[0] == '\0';

	return good ? 200 : 503;
}

/* One event. A viewer that has not taken the last one yet gets none. */
static void
send_event(struct report_request *q)
{
	struct chain *c = &q->all->chain;
	const struct buf *body = body_of(q->all, &q->format);

	if (!conn_is_drained(q->conn) || !buf_ok(body))
		return;
	chain_clear(c);
	chain_add_buf(c, body);
	conn_send(q->conn, c);
	chain_clear(c);
}

static void
set_period(struct reporter *all)
{
	if (all->viewer_count > 0 && !wheel_is_set(&all->period))
		wheel_set(all->wheel, &all->period, REPORTER_PERIOD_MS);
}

/* Sends what is in the chain, which is the end. */
static void
send_last(struct report_request *q)
{
	struct chain *c = &q->all->chain;

	conn_send(q->conn, c);
	chain_clear(c);
	conn_finish(q->conn);
	report_free(q);
}

/* The head of the events, and the first one. */
static void
begin_events(struct report_request *q)
{
	struct reporter *all = q->all;
	const struct response_own own = {.line = "", .is_private = true};
	struct buf head;

	buf_init(&head, HEAD_MAX);
	response_put_stream_head(&head, q->conn, all->technique, &q->format,
				 &own);
	chain_clear(&all->chain);
	chain_add_buf(&all->chain, &head);
	if (!q->head_only)
		chain_add_buf(&all->chain, body_of(all, &q->format));
	buf_free(&head);
	if (q->is_short || q->head_only || all->is_stopping) {
		chain_end(&all->chain);
		send_last(q);
	} else {
		TAILQ_REMOVE(&all->waiting, q, entry);
		TAILQ_INSERT_TAIL(&all->viewers, q, entry);
		all->viewer_count++;
		q->is_viewer = true;
		conn_send(q->conn, &all->chain);
		chain_clear(&all->chain);
		set_period(all);
	}
}

static void
answer(struct report_request *q)
{
	struct reporter *all = q->all;
	const struct buf *body = body_of(all, &q->format);
	struct problem p;

	if (!buf_ok(body)) {
		problem_set(&p, 500, "The status is above its limit.");
		response_problem(q->conn, &all->chain, all->technique, &p);
		report_free(q);
		return;
	}
	if (is_events(q)) {
		begin_events(q);
		return;
	}
	chain_clear(&all->chain);
	response_put(&all->chain,
		     &(struct response){.technique = all->technique,
					.status = status_code(q),
					.format = &q->format,
					.body = body,
					.head_only = q->head_only,
					.is_private = true});
	send_last(q);
}

/* It comes back, and is asked again whether it may. */
static void
end_view(struct report_request *q)
{
	struct chain *c = &q->all->chain;

	chain_clear(c);
	chain_end(c);
	send_last(q);
}

static void
send_events(struct reporter *all)
{
	struct report_request *q = TAILQ_FIRST(&all->viewers), *next;

	for (; q != NULL; q = next) {
		next = TAILQ_NEXT(q, entry);
		send_event(q);
		if (clock_ms() - q->began >= all->view_ms)
			end_view(q);
	}
}

/* Those who have what they wait for. */
static void
answer_all(struct reporter *all)
{
	struct report_request *q = TAILQ_FIRST(&all->waiting), *next;

	snprintf(all->survey->status.canary, sizeof(all->survey->status.canary),
		 "%s", all->canary.fault);
	for (; q != NULL && !all->survey->reading; q = next) {
		next = TAILQ_NEXT(q, entry);
		if (!is_health(q) || all->canary.step == CANARY_IDLE)
			answer(q);
	}
}

static void
surveyed(void *arg)
{
	struct reporter *all = arg;

	clear_bodies(all);
	send_events(all);
	answer_all(all);
	set_period(all);
}

/* --- from the bus and the wheel ------------------------------------------- */

static void
bus_came_up(void *arg)
{
	survey_up(((struct reporter *)arg)->survey);
}

static void
bus_went_down(void *arg)
{
	struct reporter *all = arg;

	canary_down(&all->canary);
	survey_down(all->survey);
}

static void
subscription_came_up(void *arg)
{
	canary_subscription_up(&((struct reporter *)arg)->canary);
}

static void
subscription_went_down(void *arg)
{
	canary_subscription_down(&((struct reporter *)arg)->canary);
}

static void
subscribed(void *arg, const char *channel, size_t len)
{
	canary_subscribed(&((struct reporter *)arg)->canary, channel, len);
}

static void
message(void *arg, const struct message *m)
{
	canary_message(&((struct reporter *)arg)->canary, m);
}

static const struct bus_handler handler = {
    .up = bus_came_up,
    .down = bus_went_down,
    .subscription_up = subscription_came_up,
    .subscription_down = subscription_went_down,
    .subscribed = subscribed,
    .message = message,
};

static void
canary_done(void *arg)
{
	answer_all(arg);
}

static void
period_over(void *arg)
{
	struct reporter *all = arg;

	if (all->viewer_count > 0)
		survey_read(all->survey);
}

/* It remakes the subscription if that is lost. */
static void
probed(void *arg, enum bus_probe_result result)
{
	(void)arg;
	(void)result;
}

static void
audit(void *arg)
{
	struct reporter *all = arg;

	(void)bus_probe(all->bus, probed, all);
	wheel_set(all->wheel, &all->audit, all->conf->bus_audit * 1000);
}

/* --- requests ------------------------------------------------------------- */

static void
refuse(struct reporter *all, struct conn *conn, const struct client_id *client,
       const struct problem *p)
{
	stats_refused_status(p->status);
	refusal_log(all->denials, client->address, p);
	response_problem(conn, &all->chain, all->technique, p);
}

/* All that wait for events count, held or not. */
static bool
has_room(struct reporter *all, enum report report, struct problem *p)
{
	const struct report_request *q;
	size_t count = all->viewer_count;

	if (report != REPORT_EVENTS)
		return true;
	TAILQ_FOREACH(q, &all->waiting, entry)
		count += is_events(q);
	if (count < REPORTER_VIEWERS_MAX)
		return true;
	problem_set(p, 503, "This process shows its events to %d already.",
		    REPORTER_VIEWERS_MAX);
	p->retry_after = AGAIN_S;
	return false;
}

void
reporter_start(struct reporter *all, struct conn *conn, const struct request *r)
{
	struct client_id client;
	struct report_request *q;
	struct problem p;
	enum report report;

	client_read(&client, r, all->conf);
	if (!report_access(&report, r, all->conf, all->keys, conn->kind->http,
			   &p) ||
	    !has_room(all, report, &p)) {
		refuse(all, conn, &client, &p);
		return;
	}
	q = xcalloc(1, sizeof(*q));
	q->all = all;
	q->conn = conn;
	q->began = clock_ms();
	q->format.report = report;
	q->head_only = strcmp(request_get(r, "REQUEST_METHOD"), "HEAD") == 0;
	q->is_short = client.mark.takes == MARK_WORKER || conn->kind->cgi;
	conn->owner = q;
	TAILQ_INSERT_TAIL(&all->waiting, q, entry);
	if (is_health(q))
		canary_ask(&all->canary);
	if (survey_is_fresh(all->survey))
		answer_all(all);
	else
		survey_read(all->survey);
}

/* --- its life ------------------------------------------------------------- */

void
reporter_open(struct reporter *all, struct ev_loop *loop)
{
	all->view_ms = REPORTER_VIEW_MS;
	chain_init(&all->chain);
	TAILQ_INIT(&all->waiting);
	TAILQ_INIT(&all->viewers);
	for (size_t i = 0; i < REPORTS; i++)
		buf_init(&all->bodies[i], BODY_MAX);
	all->period.fire = period_over;
	all->audit.fire = audit;
	all->period.arg = all->audit.arg = all;
	all->bus = bus_open(loop, all->conf, &handler, all);
	all->canary = (struct canary){.bus = all->bus,
				      .conf = all->conf,
				      .wheel = all->wheel,
				      .done = canary_done,
				      .arg = all};
	all->survey = xcalloc(1, sizeof(*all->survey));
	all->survey->bus = all->bus;
	all->survey->conf = all->conf;
	all->survey->done = surveyed;
	all->survey->arg = all;
	audit(all);
}

void
reporter_close(struct reporter *all)
{
	wheel_clear(all->wheel, &all->period);
	wheel_clear(all->wheel, &all->audit);
	canary_close(&all->canary);
	survey_close(all->survey);
	bus_close(all->bus);
	free(all->survey);
	clear_bodies(all);
	chain_free(&all->chain);
}

void
reporter_stop(struct reporter *all)
{
	struct report_request *q;

	all->is_stopping = true;
	while ((q = TAILQ_FIRST(&all->viewers)) != NULL) {
		conn_cut(q->conn);
		report_free(q);
	}
}
