/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/subscriber.h"

#include <stdlib.h>
#include <string.h>

#include "shared/app/subscriber_private.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/http/response.h"

/* --- its end -------------------------------------------------------------- */

/* Its conn has ended, or is gone. */
void
subscriber_free(struct subscriber *r)
{
	log_debug("reader_end", "client=%s", r->client);
	wheel_clear(r->all->wheel, &r->timer);
	subscriber_free_catching(r);
	subscriber_free_talking(r);
	fanouts_leave(&r->member);
	if (r->counted)
		r->all->held--;
	free(r);
}

void
subscriber_gone(struct subscriber *r)
{
	subscriber_free(r);
}

static void
answered(struct member *m)
{
	subscriber_free((struct subscriber *)m);
}

void
subscriber_end(struct subscriber *r)
{
	conn_finish(r->member.conn);
	subscriber_free(r);
}

/* The client sees its response cut, and comes back. */
void
subscriber_cut(struct subscriber *r, enum close_reason reason)
{
	subscriber_say_close(r, reason, false);
	conn_cut(r->member.conn);
	subscriber_free(r);
}

void
subscriber_finish(struct subscriber *r)
{
	if (r->all->technique->duplex != NULL) {
		subscriber_cut(r,
			       CLOSE_LATER); /* it ends with its connection */
		return;
	}
	subscriber_say_close(r, CLOSE_LATER, true);
	subscriber_end(r);
}

/* --- time ----------------------------------------------------------------- */

void
subscriber_set_timer(struct subscriber *r, uint64_t ms)
{
	uint64_t now = clock_ms();

	if (r->end_at != 0 && r->end_at < now + ms)
		ms = r->end_at > now ? r->end_at - now : 0;
	wheel_set(r->all->wheel, &r->timer, ms);
}

static void
stream_timer(struct subscriber *r)
{
	uint64_t now = clock_ms(), silent = now - r->member.conn->last_write;
	uint64_t period = r->all->conf->hold_beat * 1000ull;

	if (r->end_at != 0 && now >= r->end_at) {
		subscriber_cut(r, CLOSE_AGAIN);
		return;
	}
	if (r->talking == NULL && silent + WHEEL_TICK_MS < period) {
		subscriber_set_timer(r, period - silent);
		return;
	}
	subscriber_set_timer(r, period);
	if (!conn_is_drained(r->member.conn)) {
		/* it is not silence it suffers from */
		if (silent > CONN_STALLED_MS)
			subscriber_cut(r, CLOSE_AGAIN);
		return;
	}
	if (r->talking != NULL && !subscriber_check_client(r))
		return;
	subscriber_say_heartbeat(r);
	if (r->catching != NULL)
		subscriber_step(r); /* Redis had failed it */
}

static void
timer_fired(void *arg)
{
	struct subscriber *r = arg;

	if (r->all->technique->stream != NULL)
		stream_timer(r);
	else if (r->catching != NULL)
		subscriber_refuse_redis_down(r);
	else
		subscriber_response(r,
				    0); /* nothing happened: the same cursor */
}

/* A random 80-100 % of hold.max_age, so that reconnects spread out. */
static uint64_t
life_ms(const struct conf *conf)
{
	return (uint64_t)(conf->hold_max_age * 1000. *
			  (0.8 + 0.2 * rand() / RAND_MAX));
}

/* --- catching up ---------------------------------------------------------- */

void
subscriber_drained(struct subscriber *r)
{
	if (r->catching != NULL)
		subscriber_step(r);
}

static void
wake(struct member *m)
{
	struct subscriber *r = (struct subscriber *)m;

	if (conn_is_drained(m->conn))
		subscriber_step(r);
}

static void
down(struct member *m)
{
	struct subscriber *r = (struct subscriber *)m;

	if (r->all->technique->stream == NULL) {
		subscriber_refuse_redis_down(r);
	} else if (!r->catching->hold) {
		subscriber_finish(r);
	}
}

/* --- its beginning -------------------------------------------------------- */

static bool
may_hold(const struct technique *t)
{
	return t->stream != NULL || t->batch->waits;
}

static struct subscriber *
subscriber_new(struct subscribers *all, struct conn *conn,
	       const struct params *params, const char *client)
{
	struct subscriber *r = calloc(1, sizeof(*r));
	struct fanout_set set = params_set(params);

	if (r == NULL)
		return NULL;
	r->all = all;
	r->member.conn = conn;
	r->timer.fire = timer_fired;
	r->timer.arg = r;
	strncpy(r->client, client, SUBSCRIBER_CLIENT_SIZE - 1);
	if (may_hold(all->technique) && all->held < all->held_max &&
	    !all->ending) {
		r->counted = true;
		all->held++;
	}
	fanouts_enter(&all->fanouts, &set, &r->member);
	if (!subscriber_start_catching(r, params) ||
	    !subscriber_start_talking(r, params)) {
		subscriber_free(r);
		return NULL;
	}
	conn->owner = r;
	return r;
}

void
subscriber_start(struct subscribers *all, struct conn *conn,
		 const struct params *params, const char *client)
{
	struct subscriber *r = subscriber_new(all, conn, params, client);
	bool down = !bus_is_up(all->bus) && !bus_is_starting(all->bus);
	const struct conf *conf = all->conf;

	if (r == NULL) {
		log_error("memory", "client=%s reason=\"out of memory\"",
			  client);
		conn_abort(conn);
		return;
	}
	log_debug("reader_start", "client=%s channel=%s channels=%zu", client,
		  params->channels[0].bytes, params->channel_count);
	if (all->technique->stream == NULL) {
		if (down)
			subscriber_refuse_redis_down(r);
		else {
			subscriber_set_timer(r, conf->bus_timeout * 1000ull);
			subscriber_step(r);
		}
		return;
	}
	if (conf->hold_max_age > 0)
		r->end_at = clock_ms() + life_ms(conf);
	if (!r->counted)
		r->end_at = clock_ms() + conf->bus_timeout * 1000ull;
	subscriber_say_open(r, params->line);
	subscriber_set_timer(r, conf->hold_beat * 1000ull);
	if (down && !r->counted) {
		subscriber_finish(r);
	} else if (conn_is_drained(conn)) {
		subscriber_step(r);
	}
}

/* The one response of all who wait in a fanout. */
static void
respond(const struct technique *t, const struct format *format,
	const struct batch *batch, struct chain *c)
{
	struct buf body;

	buf_init(&body, SUBSCRIBER_BYTES_MAX);
	t->batch->response(format, batch, &body);
	response_put(c, &(struct response){.technique = t,
					   .status = 200,
					   .format = format,
					   .body = &body});
	buf_free(&body);
}

/* --- all of them ---------------------------------------------------------- */

static const struct fanout_handler fanout_handler = {
    .wake = wake,
    .down = down,
    .respond = respond,
    .responded = answered,
};

void
subscribers_init(struct subscribers *all, struct channels *channels)
{
	all->bus = channels->bus;
	fanouts_init(&all->fanouts, all->technique, channels, &fanout_handler);
}

void
subscribers_free(struct subscribers *all)
{
	fanouts_free(&all->fanouts);
}

static void
end_member(struct member *m)
{
	struct subscriber *r = (struct subscriber *)m;

	if (r->all->technique->stream != NULL)
		subscriber_cut(r, CLOSE_AGAIN);
	else if (r->catching == NULL)
		subscriber_response(r, SUBSCRIBER_RETRY_AFTER);
	else
		subscriber_refuse_redis_down(r);
}

void
subscribers_end(struct subscribers *all)
{
	all->ending = true;
	fanouts_flush(&all->fanouts);
	fanouts_each(&all->fanouts, end_member);
}
