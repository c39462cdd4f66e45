/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/stream.h"

#include <stdlib.h>

#include "shared/app/stream_end.h"
#include "shared/app/stream_notices.h"
#include "shared/base/clock.h"
#include "shared/http/response.h"
#include "shared/net/conn_room.h"
#include "shared/stats/stats.h"

enum { RETRY_MS = 1000 /* after Redis could not be read */ };

static const struct technique_stream *
technique_of(const struct subscriber *s)
{
	return s->all->technique->stream;
}

/* --- what is sent to one stream ------------------------------------------- */

/* lighttpd ends a stream properly, too, that it gets whole and cut at once. */
bool
stream_is_endless(const struct conf *conf, enum response_cut cut, bool held)
{
	if (conf->hold_content_length != CONTENT_LENGTH_AUTO)
		return conf->hold_content_length == CONTENT_LENGTH_YES;
	return cut == RESPONSE_CUT_HIDDEN ||
	       (cut == RESPONSE_CUT_SHOWS && !held);
}

/* Leaves with the first bytes that follow. */
static void
set_opening(struct subscriber *s, const struct params *params)
{
	const struct response_own own = {
	    .line = params->line,
	    .is_private = s->is_private,
	    .endless = stream_is_endless(s->all->conf, params->cut, s->held)};
	const struct format *format = &params->format;
	struct buf head, body;

	s->ends_whole = params->cut == RESPONSE_CUT_USELESS ||
			(params->cut == RESPONSE_CUT_HIDDEN && own.endless);
	buf_init(&head, SUBSCRIBER_TEXT_MAX);
	buf_init(&body, SUBSCRIBER_TEXT_MAX);
	response_put_stream_head(&head, s->member.conn, s->all->technique,
				 format, &own);
	if (technique_of(s)->open != NULL)
		technique_of(s)->open(format, &body);
	opening_set(&s->all->opening, s, &head, &body);
}

/* --- time ----------------------------------------------------------------- */

/* mod_http2 notices at a write that a client has left a stream. Until then the
 * stream takes one of the few requests that it serves of a connection, so the
 * pages of that client may wait. */
static uint64_t
beat_ms(const struct subscriber *s)
{
	const struct conf *conf = s->all->conf;
	unsigned int beat = conf->hold_beat;

	if (s->by_mod_http2 && conf->hold_beat_h2 < beat)
		beat = conf->hold_beat_h2;
	return beat * 1000ull;
}

static bool
is_over(const struct subscriber *s)
{
	return s->end_at != 0 && clock_ms() >= s->end_at;
}

void
stream_heartbeat(struct subscriber *s)
{
	struct conn *conn = s->member.conn;
	struct buf out;

	subscriber_set_timer(s, beat_ms(s));
	if (!conn_is_drained(conn))
		return; /* backpressure, not idleness */
	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	technique_of(s)->heartbeat(subscriber_format(s), &out);
	subscriber_send(s, &out);
	subscriber_wake(s);
}

static void
end_old(struct subscriber *s)
{
	s->end_reason = END_OLD;
	stream_end_early(s);
}

bool
stream_timer(struct subscriber *s)
{
	if (is_over(s)) {
		if (s->expires)
			stream_expire(s);
		else
			end_old(s);
		return true;
	}
	if (!s->retry)
		return false;
	s->retry = false;
	subscriber_set_timer(s, beat_ms(s));
	subscriber_wake(s);
	return true;
}

static void
timer(struct subscriber *s)
{
	uint64_t idle = clock_ms() - s->member.conn->last_write;
	uint64_t period = beat_ms(s);

	if (stream_timer(s))
		return;
	if (idle + WHEEL_TICK_MS < period)
		subscriber_set_timer(s, period - idle);
	else
		stream_heartbeat(s);
}

/* A random 80 to 100 % of hold.max_age, so that reconnects spread out. */
static uint64_t
life_ms(const struct conf *conf)
{
	return (uint64_t)(conf->hold_max_age * 1000. *
			  (0.8 + 0.2 * rand() / RAND_MAX));
}

/* --- catching up ---------------------------------------------------------- */

/* What is given until more() is collected in the scratch chain. */
static void
begin(void *owner)
{
	struct subscriber *s = owner;

	chain_clear(&s->all->fanouts.chain);
}

static bool
message(void *owner, struct message *m)
{
	struct subscriber *s = owner;
	struct chain *c = subscriber_chain_on(s);
	struct format format = *subscriber_format(s);
	struct buf out, cursor;

	stats_add(STATS_MESSAGES_OUT, 1);
	format.deflate = 0; /* costs too much for one subscriber */
	buf_init(&out, SUBSCRIBER_BYTES_MAX);
	buf_init(&cursor, SUBSCRIBER_TEXT_MAX);
	technique_of(s)->message(&format, m, &out);
	technique_of(s)->suffix(&format, m, subscriber_cursor(s, &cursor),
				&out);
	chain_add_buf(c, &out);
	c->bad = c->bad || !buf_ok(&cursor);
	buf_free(&out);
	buf_free(&cursor);
	return true;
}

static bool
gap(void *owner, const struct gap *g)
{
	struct subscriber *s = owner;
	struct buf out, cursor;

	stats_add(STATS_GAPS, 1);
	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	buf_init(&cursor, SUBSCRIBER_TEXT_MAX);
	technique_of(s)->gap(subscriber_format(s), g,
			     subscriber_cursor(s, &cursor), &out);
	chain_add_buf(subscriber_chain_on(s), &out);
	buf_free(&out);
	buf_free(&cursor);
	return true;
}

/* True: the conn has taken it all. */
static bool
more(void *owner)
{
	struct subscriber *s = owner;
	struct chain *c = subscriber_chain_on(s);

	conn_send(s->member.conn, c);
	chain_clear(c);
	return conn_is_drained(s->member.conn);
}

static void
done(void *owner)
{
	struct subscriber *s = owner;
	const struct subscriber_kind *kind = s->all->kind;
	bool needs_cursor = s->catch_up->new_position;

	if (!subscriber_report_lost(s))
		return;
	if (kind->caught_up != NULL) {
		more(s); /* before replies */
		needs_cursor |= kind->caught_up(s);
	}
	if (needs_cursor)
		stream_put_cursor(s, subscriber_chain_on(s));
	more(s);
	if (s->held) {
		stream_send_presences(s);
		subscriber_go_live(s);
	} else
		stream_end_early(s);
}

static void
failed(void *owner)
{
	struct subscriber *s = owner;

	s->retry = true;
	subscriber_set_timer(s, RETRY_MS);
}

/* --- its life ------------------------------------------------------------- */

void
stream_set_life(struct subscriber *s)
{
	const struct conf *conf = s->all->conf;

	if (!s->held)
		subscriber_end_in(s, conf->bus_timeout * 1000ull);
	else if (conf->hold_max_age > 0)
		subscriber_end_in(s, life_ms(conf));
}

/* It is told to come back, and no more: while it waits for Redis, others take
 * the last descriptors. */
static bool
is_in_the_way(const struct subscriber *s)
{
	return !s->held && conn_room_is_full(s->member.conn->conns);
}

void
stream_start(struct subscriber *s, const struct params *params)
{
	struct subscribers *all = s->all;

	set_opening(s, params);
	subscriber_set_timer(s, beat_ms(s));
	if (subscriber_redis_is_down(s) || is_in_the_way(s))
		stream_down(s);
	else
		subscriber_wake(s);
	if (all->opening.of != NULL) /* else it was sent, and maybe freed */
		more(s);
}

/* Its right may end before it does. */
static void
start(struct subscriber *s, const struct params *params)
{
	stream_set_life(s);
	subscriber_expire(s, params->access_result.expires);
	stream_start(s, params);
}

void
stream_down(struct subscriber *s)
{
	if (!s->held)
		stream_end_early(s);
}

void
stream_stop(struct subscriber *s)
{
	s->end_reason = END_STOPPED;
	stream_end_early(s);
}

const struct catch_up_handler stream_catch_up_handler = {
    .begin = begin,
    .message = message,
    .gap = gap,
    .more = more,
    .done = done,
    .failed = failed,
};

const struct subscriber_kind stream_kind = {
    .size = sizeof(struct subscriber),
    .start = start,
    .catch_up = &stream_catch_up_handler,
    .timer = timer,
    .down = stream_down,
    .stop = stream_stop,
    .kick = stream_kick,
};
