/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/subscriber.h"

#include <assert.h>
#include <stdlib.h>

#include "shared/app/subscriber_identity.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/xalloc.h"
#include "shared/net/conn_room.h"
#include "shared/stats/stats.h"

/* --- who it is ------------------------------------------------------------ */

static const char *
identity_of(const struct subscriber *s)
{
	return (const char *)s + s->all->kind->size;
}

const char *
subscriber_address(const struct subscriber *s)
{
	return subscriber_identity_address(identity_of(s));
}

const char *
subscriber_id(const struct subscriber *s)
{
	return subscriber_identity_id(identity_of(s));
}

const char *
subscriber_user(const struct subscriber *s)
{
	return s->has_user ? subscriber_identity_user(identity_of(s)) : NULL;
}

/* --- state ---------------------------------------------------------------- */

static const bool may_become[][SUBSCRIBER_ENDED + 1] = {
    [SUBSCRIBER_NEW] = {[SUBSCRIBER_CATCHING_UP] = true},
    [SUBSCRIBER_CATCHING_UP] = {[SUBSCRIBER_CATCHING_UP] = true,
				[SUBSCRIBER_LIVE] = true,
				[SUBSCRIBER_ENDED] = true},
    [SUBSCRIBER_LIVE] =
	{[SUBSCRIBER_CATCHING_UP] = true, [SUBSCRIBER_ENDED] = true},
    [SUBSCRIBER_ENDED] = {false}};

static const char *const state_name[] = {[SUBSCRIBER_NEW] = "new",
					 [SUBSCRIBER_CATCHING_UP] =
					     "catching_up",
					 [SUBSCRIBER_LIVE] = "live",
					 [SUBSCRIBER_ENDED] = "ended"};

static void
become(struct subscriber *s, enum subscriber_state state)
{
	assert(may_become[s->state][state]);
	log_debug("subscriber", "client=%s state=%s was=%s",
		  subscriber_address(s), state_name[state],
		  state_name[s->state]);
	s->state = state;
}

/* --- events --------------------------------------------------------------- */

static struct subscriber_event
event_of(const struct subscriber *s, enum subscriber_event_kind kind)
{
	return (struct subscriber_event){.kind = kind,
					 .technique = s->all->technique->name,
					 .id = subscriber_id(s),
					 .user = subscriber_user(s),
					 .address = subscriber_address(s),
					 .reason = s->end_reason,
					 .is_alone = s->is_alone};
}

/* Of the channels of its fanout. */
static void
tell(const struct subscriber *s, enum subscriber_event_kind kind)
{
	struct subscriber_event event = event_of(s, kind);

	if (s->held)
		subscriber_events_tell_all(s->all->events, &event,
					   s->member.fanout);
}

/* --- start and end -------------------------------------------------------- */

static void
stop_catching_up(struct subscriber *s)
{
	catch_up_free(s->catch_up);
	s->catch_up = NULL;
}

static void
start_catching_up(struct subscriber *s, const struct params *params)
{
	struct fanout *fanout = s->member.fanout;
	struct bus *bus = s->all->bus;

	s->catch_up = params->newest
			  ? catch_up_new_newest(fanout, bus)
			  : catch_up_new(fanout, bus, &params->cursor);
	s->catch_up->handler = s->all->kind->catch_up;
	s->catch_up->owner = s;
	s->catch_up->fresh = !s->held;
	become(s, SUBSCRIBER_CATCHING_UP);
}

static void
timer_fired(void *arg)
{
	struct subscriber *s = arg;

	s->all->kind->timer(s);
}

/* Enters the fanout of a request. What changes only the first bytes of a stream
 * makes no fanout of its own: each would make the same bytes anew. */
static void
enter(struct subscriber *s, const struct params *params)
{
	const struct technique *t = s->all->technique;
	struct format format = params->format;
	const struct fanout_set set = {.format = &format,
				       .channels = params->channels,
				       .channel_count = params->channel_count};

	if (t->stream != NULL)
		format_clear_opening(&format, t->opening);
	fanouts_enter(&s->all->fanouts, &set, &s->member);
}

/* A long-poll with wait=0 is a poll. */
static bool
waits(const struct subscribers *all, const struct params *params)
{
	return all->technique->batch == NULL || params->wait > 0;
}

/* False is counted; limits_hold() counts what is above a limit by itself. */
static bool
has_room(const struct subscribers *all, const struct conns *conns)
{
	if (all->held + conns->draining < all->held_max &&
	    !conn_room_is_full(conns))
		return true;
	if (all->conf->stand_in)
		stats_refused(STATS_REFUSED_SETTINGS);
	else if (all->stopping)
		stats_refused(STATS_REFUSED_STOPPING);
	else
		stats_refused(STATS_REFUSED_HOLD_MAX);
	return false;
}

struct subscriber *
subscriber_new(struct subscribers *all, struct conn *conn,
	       const struct params *params, const struct client_id *client)
{
	struct subscriber_identity identity;
	struct subscriber *s;

	subscriber_identify(&identity, all->technique, params, client);
	s = xcalloc(1, all->kind->size + subscriber_identity_size(&identity));
	s->all = all;
	subscriber_identity_keep((char *)s + all->kind->size, &identity);
	s->has_user = identity.user.bytes != NULL;
	s->member.conn = conn;
	s->timer.fire = timer_fired;
	s->timer.arg = s;
	s->is_private = params->is_private;
	s->is_alone = client->mark.class > 0;
	s->by_mod_http2 = client->by_mod_http2;
	s->cursor_lost = params->cursor_unreadable;
	s->takes = (unsigned char)client->mark.takes;
	s->held = waits(all, params) && has_room(all, conn->conns) &&
		  limits_hold(all->limits, &s->counted, client,
			      params->credentials->user);
	all->held += s->held;
	if (s->held)
		stats_held(conn->kind->way, (enum stats_takes)s->takes);
	enter(s, params);
	tell(s, SUBSCRIBER_SUBSCRIBED);
	stats_add(STATS_CATCH_UPS, params->cursor.count > 0);
	start_catching_up(s, params);
	conn->owner = s;
	return s;
}

void
subscriber_closed(struct subscriber *s)
{
	if (s->member.conn->behind)
		s->end_reason = END_BEHIND;
	subscriber_free(s);
}

void
subscriber_free(struct subscriber *s)
{
	become(s, SUBSCRIBER_ENDED);
	wheel_clear(s->all->wheel, &s->timer);
	stop_catching_up(s);
	if (s->all->kind->free != NULL)
		s->all->kind->free(s);
	tell(s, SUBSCRIBER_HAS_ENDED);
	fanouts_leave(&s->member);
	s->all->held -= s->held;
	if (s->held)
		stats_left(s->member.conn->kind->way,
			   (enum stats_takes)s->takes);
	limits_leave(s->all->limits, &s->counted);
	opening_drop(&s->all->opening, s);
	free(s);
}

void
subscriber_end(struct subscriber *s)
{
	conn_finish(s->member.conn);
	subscriber_free(s);
}

/* --- catching up ---------------------------------------------------------- */

/* What is pending in its old fanout follows its position, so it comes in the
 * new one. */
void
subscriber_move(struct subscriber *s, const struct params *params)
{
	struct subscriber_event event = event_of(s, SUBSCRIBER_SUBSCRIBED);

	if (s->held)
		subscriber_events_tell_changes(s->all->events, &event,
					       s->member.fanout, params);
	stop_catching_up(s);
	fanouts_leave(&s->member);
	enter(s, params);
	start_catching_up(s, params);
}

void
subscriber_wake(struct subscriber *s)
{
	if (s->state != SUBSCRIBER_CATCHING_UP || subscriber_is_quiet(s) ||
	    !conn_is_drained(s->member.conn) ||
	    !fanout_knows_presence(s->member.fanout))
		return;
	chain_clear(&s->all->fanouts.chain); /* for what is given now */
	catch_up_step(s->catch_up);
}

/* Without a cursor it may have missed messages in any channel. */
bool
subscriber_report_lost(struct subscriber *s)
{
	const struct fanout *fanout = s->member.fanout;
	size_t i;

	for (i = 0; s->cursor_lost && i < fanout_channel_count(fanout); i++) {
		struct channel *c = fanout_channel(fanout, i);
		struct gap gap = {.channel = *channel_name(c),
				  .before = channel_tip(c)};

		if (!s->all->kind->catch_up->gap(s, &gap))
			return false;
	}
	s->cursor_lost = false;
	return true;
}

void
subscriber_go_live(struct subscriber *s)
{
	fanouts_join(&s->member);
	stop_catching_up(s);
	become(s, SUBSCRIBER_LIVE);
}

/* --- helpers of the kinds ------------------------------------------------- */

void
subscriber_end_in(struct subscriber *s, uint64_t ms)
{
	uint64_t at = clock_ms() + ms;

	if (s->end_at != 0 && s->end_at <= at)
		return;
	s->end_at = at;
	s->expires = false;
}

void
subscriber_expire(struct subscriber *s, uint64_t expires)
{
	uint64_t now = clock_unix();
	uint64_t end_at = s->end_at;

	if (expires == 0)
		return;
	subscriber_end_in(s, expires > now ? (expires - now) * 1000 : 0);
	if (s->end_at != end_at)
		s->expires = true;
}

unsigned int
subscriber_later_ms(const struct subscriber *s)
{
	unsigned int ms = s->all->conf->hold_retry * 1000;

	return ms + (unsigned int)((double)rand() / RAND_MAX * (ms / 2));
}

void
subscriber_quiet(struct subscriber *s, uint64_t ms)
{
	stop_catching_up(s);
	s->end_at = clock_ms() + ms;
	s->expires = false;
	subscriber_set_timer(s, ms);
}

bool
subscriber_is_quiet(const struct subscriber *s)
{
	return s->state == SUBSCRIBER_CATCHING_UP && s->catch_up == NULL;
}

void
subscriber_set_timer(struct subscriber *s, uint64_t ms)
{
	uint64_t now = clock_ms();

	if (s->end_at != 0 && s->end_at < now + ms)
		ms = s->end_at > now ? s->end_at - now : 0;
	wheel_set(s->all->wheel, &s->timer, ms);
}

bool
subscribers_redis_is_down(const struct subscribers *all)
{
	return !bus_is_up(all->bus) && !bus_is_starting(all->bus);
}

bool
subscriber_redis_is_down(const struct subscriber *s)
{
	return subscribers_redis_is_down(s->all);
}

void
subscriber_redis_problem(struct problem *p)
{
	problem_set(p, 503, "Redis is down; retry later.");
	p->retry_after = SUBSCRIBER_RETRY_AFTER;
}

const struct format *
subscriber_format(const struct subscriber *s)
{
	return fanout_format(s->member.fanout);
}

bool
subscriber_has_cursor(const struct subscriber *s)
{
	struct cursor_part part;
	size_t count = fanout_channel_count(s->member.fanout);

	for (size_t i = 0; s->catch_up != NULL && i < count; i++)
		if (!catch_up_position(s->catch_up, i, &part))
			return false;
	return true;
}

struct text
subscriber_cursor(const struct subscriber *s, struct buf *out)
{
	struct cursor_part parts[CHANNELS_MAX];

	if (s->catch_up != NULL)
		catch_up_positions(s->catch_up, parts);
	else
		fanout_position(&s->member, parts);
	buf_clear(out);
	cursor_put(out, parts, fanout_channel_count(s->member.fanout));
	return (struct text){.bytes = out->bytes, .len = out->len};
}

struct chain *
subscriber_chain(struct subscriber *s)
{
	chain_clear(&s->all->fanouts.chain);
	return subscriber_chain_on(s);
}

struct chain *
subscriber_chain_on(struct subscriber *s)
{
	struct chain *c = &s->all->fanouts.chain;

	opening_put(&s->all->opening, s, c);
	return c;
}

void
subscriber_send(struct subscriber *s, struct buf *bytes)
{
	struct chain *c = subscriber_chain(s);

	chain_add_buf(c, bytes);
	conn_send(s->member.conn, c);
	chain_clear(c);
	buf_free(bytes);
}
