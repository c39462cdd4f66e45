/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/fuzz/responder.h"

#include <string.h>

#include "shared/conf/conf_set.h"
#include "shared/net/conn_stalled.h"
#include "shared/wire/request.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/fake_clock.h"

UNTRACED_BEGIN

enum {
	MAX_CONNS = 1000,
	SECOND_MS = 1000,
	NOT_HELD = 3, /* bits of a key that counts.c makes */
	/* what dividing shared bytes among queues may leave over */
	ROUNDING = 64 * 1024
};

struct responder responder;

static bool
publishes(void)
{
	return responder.dispatch.technique->publish != NULL;
}

/* --- its life ------------------------------------------------------------- */

void
responder_init(const struct technique *technique)
{
	conf_free_texts(&responder.conf);
	memset(&responder, 0, sizeof(responder));
	conf_init(&responder.conf);
	/* that of the host is not the target's */
	responder.conf.limit_table[0] = '\0';
	responder.dispatch.technique = technique;
	responder.dispatch.conf = &responder.conf;
	responder.held_max = MAX_CONNS;
	fake_clock_restart();
	srand(1);
}

/* The timers of the channels go by real time. */
static void
stop_real_timers(void)
{
	struct channels *all = &responder.dispatch.subscribing.channels;

	if (publishes())
		return;
	ev_timer_stop(responder.loop, &all->second);
	ev_timer_stop(responder.loop, &all->audit);
}

void
responder_open(void)
{
	struct conns *conns = &responder.conns;
	char fault[CONF_ERROR_SIZE];

	responder.loop = ev_loop_new(EVBACKEND_POLL | EVFLAG_NOENV);
	check(responder.loop != NULL && request_init());
	wheel_init(&responder.wheel, responder.loop);
	conns->loop = responder.loop;
	conns->wheel = &responder.wheel;
	conns->max_conns = MAX_CONNS;
	dispatch_set_conns(&responder.dispatch, conns);
	conns_init(conns);
	conn_stalled_init(conns);
	responder.dispatch.wheel = &responder.wheel;
	responder.dispatch.held_max = responder.held_max;
	check(dispatch_open(&responder.dispatch, responder.loop, fault));
	stop_real_timers();
}

void
responder_close(void)
{
	conns_close(&responder.conns);
	check(responder.conns.count == 0 && queues_memory() == 0);
	check(publishes() ||
	      responder.dispatch.subscribing.subscribers.held == 0);
	dispatch_close(&responder.dispatch);
	check(responder.wheel.count == 0);
	wheel_free(&responder.wheel);
	request_free();
	ev_loop_destroy(responder.loop);
	conf_free_texts(&responder.conf);
}

/* --- what is true of the conns -------------------------------------------- */

static bool
must_be_timed(const struct conn *conn)
{
	switch (conn->state) {
	case CONN_READING:
		return conn->input != NULL;
	case CONN_SERVING:
		return conn->input != NULL && conn->input->reads_body;
	case CONN_LINGERING:
		return true;
	default:
		return false;
	}
}

static void
check_conn(struct conn *conn)
{
	bool queued = !conn_is_drained(conn);

	check(conn->state != CONN_CLOSED);
	check(!queued || conn->state == CONN_SERVING ||
	      conn->state == CONN_DRAINING);
	check(!queued || ev_is_active(&conn->unsent->writing));
	check(!queued ||
	      conn->unsent->queue.backlog <= responder.conns.max_backlog);
	check(conn->owner == NULL || conn->state == CONN_SERVING);
	check(conn->state != CONN_DRAINING || queued);
	/* it does not wait for its peer for ever */
	check(!must_be_timed(conn) || conn->timer != NULL);
}

static void
check_conns(void)
{
	const struct conns *all = &responder.conns;
	const struct conn_unsent *unsent;
	struct conn *conn;
	size_t count = 0, busy = 0, fresh = 0, draining = 0, queued = 0;

	LIST_FOREACH(conn, &all->open, entry) {
		check_conn(conn);
		count++;
		busy += conn->state != CONN_READING;
		fresh += !conn->began;
		draining += conn->state == CONN_DRAINING;
		queued += !conn_is_drained(conn);
	}
	LIST_FOREACH(conn, &all->closed, entry)
		count++;
	check(count == all->count && busy == all->busy);
	check(fresh == all->fresh && draining == all->draining);
	TAILQ_FOREACH(unsent, &all->queued, entry) {
		check(unsent->conn->unsent == unsent);
		check(!queue_is_empty(&unsent->queue));
		queued--;
	}
	check(queued == 0);
}

/* What is counted is what is queued; above the limit is only one that was given
 * more than that in one step. */
static void
check_memory(void)
{
	const struct conns *all = &responder.conns;
	const struct conn_unsent *unsent, *first = TAILQ_FIRST(&all->queued);
	size_t sum = 0, memory = queues_memory();

	TAILQ_FOREACH(unsent, &all->queued, entry)
		sum += queue_share(&unsent->queue);
	check(sum <= memory && memory - sum < ROUNDING);
	check(first != NULL || memory == 0);
	check(memory <= all->max_memory || TAILQ_NEXT(first, entry) == NULL);
}

/* --- what is true of the subscribers -------------------------------------- */

static size_t
check_members(const struct members *ms, const struct fanout *f, bool live)
{
	for (size_t i = 0; i < ms->count; i++) {
		const struct member *m = ms->at[i];
		const struct subscriber *s = (const struct subscriber *)m;

		check(m->slot == i && m->live == live && m->fanout == f);
		check(m->conn->owner == s);
		check(s->state ==
		      (live ? SUBSCRIBER_LIVE : SUBSCRIBER_CATCHING_UP));
		check(s->catch_up != NULL ? !live : live || !s->held);
		check(!live || s->held);
		/* it does not stay for ever without a check */
		check(wheel_is_set(&s->timer) || m->conn->state == CONN_CLOSED);
	}
	return ms->count;
}

/* Of all subscribers. */
struct owned {
	size_t count, held;
	size_t keys; /* limits that they count for */
};

static void
count_owned(const struct conn_list *list, struct owned *sum)
{
	const struct conn *conn;

	LIST_FOREACH(conn, list, entry) {
		const struct subscriber *s = conn->owner;

		if (s == NULL)
			continue;
		sum->count++;
		sum->held += s->held;
		sum->keys += limits_held_count(&s->counted);
	}
}

/* Of what is counted for the host until it is dropped. */
static size_t
count_limits(void)
{
	const struct host_counts *c = &responder.dispatch.limits.counts;
	size_t room = c->shift > 0 ? (size_t)1 << c->shift : HOST_INLINE;
	size_t sum = 0;

	if (!responder.dispatch.limits.is_open)
		return 0;
	for (size_t i = 0; i < room; i++)
		if ((c->entries[i].key & NOT_HELD) == 0)
			sum += c->entries[i].count;
	return sum;
}

static void
check_subscribers(void)
{
	const struct subscribers *all =
	    &responder.dispatch.subscribing.subscribers;
	const struct fanout *f;
	struct owned owned = {.count = 0};
	size_t members = 0;

	LIST_FOREACH(f, &all->fanouts.list, link) {
		check(f->loops == 0 && !(fanout_is_empty(f) && !f->queued));
		members += check_members(&f->live, f, true);
		members += check_members(&f->waiting, f, false);
	}
	count_owned(&responder.conns.open, &owned);
	count_owned(&responder.conns.closed, &owned);
	check(owned.count == members && owned.held == all->held);
	check(owned.held <= responder.held_max || responder.ending);
	check(owned.keys == count_limits());
}

/* --- all ------------------------------------------------------------------ */

static void
check_wheel(void)
{
	const struct wheel *w = &responder.wheel;
	const struct wheel_timer *timer;
	size_t count = 0;

	for (size_t i = 0; i < WHEEL_SLOTS; i++)
		LIST_FOREACH(timer, &w->slots[i], entry)
			count++;
	check(count == w->count);
}

static void
check_all(void)
{
	check_conns();
	check_memory();
	if (!publishes())
		check_subscribers();
}

void
responder_check_empty(void)
{
	const struct dispatch *d = &responder.dispatch;

	check_all();
	check(responder.conns.count == 0 && queues_memory() == 0);
	check(responder.wheel.count == 0);
	if (publishes())
		return;
	check(d->subscribing.subscribers.held == 0);
	check(LIST_EMPTY(&d->subscribing.subscribers.fanouts.list));
	check(d->subscribing.subscribers.fanouts.formats.tree == NULL);
	check(TAILQ_EMPTY(&d->subscribing.channels.list) &&
	      d->subscribing.channels.idle_count == 0);
	check(fake_bus_subscribed() == 0);
}

/* --- what happens --------------------------------------------------------- */

void
responder_turn(void)
{
	ev_run(responder.loop, EVRUN_NOWAIT);
	check_all();
}

void
responder_pass(unsigned int ms)
{
	struct channels *all = &responder.dispatch.subscribing.channels;

	fake_clock_advance(ms);
	wheel_turn(&responder.wheel);
	check_wheel();
	check_all();
	if (publishes() || ms < SECOND_MS)
		return;
	ev_feed_event(responder.loop, &all->second, EV_TIMER);
	if (ms >= responder.conf.bus_audit * SECOND_MS)
		ev_feed_event(responder.loop, &all->audit, EV_TIMER);
}

void
responder_stop(void)
{
	if (responder.ending)
		return;
	responder.ending = true;
	dispatch_stop(&responder.dispatch);
	check_all();
}

bool
responder_is_done(void)
{
	return responder.ending && responder.conns.busy == 0 &&
	       responder.conns.fresh == 0;
}

UNTRACED_END
