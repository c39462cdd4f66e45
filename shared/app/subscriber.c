/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/subscriber.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/xalloc.h"

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
	log_debug("subscriber", "client=%s state=%s was=%s", s->client,
		  state_name[state], state_name[s->state]);
	s->state = (unsigned char)state;
}

/* --- start and end -------------------------------------------------------- */

static void
stop_catching_up(struct subscriber *s)
{
	if (s->catch_up == NULL)
		return;
	catch_up_cancel(s->catch_up);
	free(s->catch_up);
	s->catch_up = NULL;
}

static void
start_catching_up(struct subscriber *s, const struct params *params)
{
	struct catch_up *cu = xmalloc(sizeof(*cu));

	if (params->newest)
		catch_up_init_newest(cu, s->member.fanout, s->all->bus);
	else
		catch_up_init(cu, s->member.fanout, s->all->bus,
			      &params->cursor);
	cu->handler = s->all->kind->catch_up;
	cu->owner = s;
	s->catch_up = cu;
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

struct subscriber *
subscriber_new(struct subscribers *all, struct conn *conn,
	       const struct params *params, const struct client_id *client)
{
	size_t size = all->kind->size;
	size_t client_size = strlen(client->address) + 1;
	struct subscriber *s = xcalloc(1, size + client_size);

	s->all = all;
	s->member.conn = conn;
	s->timer.fire = timer_fired;
	s->timer.arg = s;
	s->is_private = params->is_private;
	s->is_alone = client->mark.class > 0;
	s->by_mod_http2 = client->by_mod_http2;
	s->cursor_lost = params->cursor_unreadable;
	s->client = memcpy((char *)s + size, client->address, client_size);
	s->held = waits(all, params) &&
		  all->held + conn->conns->draining < all->held_max &&
		  limits_hold(all->limits, &s->counted, client,
			      params->credentials->user);
	all->held += s->held;
	enter(s, params);
	start_catching_up(s, params);
	conn->owner = s;
	return s;
}

void
subscriber_free(struct subscriber *s)
{
	become(s, SUBSCRIBER_ENDED);
	wheel_clear(s->all->wheel, &s->timer);
	stop_catching_up(s);
	if (s->all->kind->free != NULL)
		s->all->kind->free(s);
	fanouts_leave(&s->member);
	s->all->held -= s->held;
	limits_leave(s->all->limits, &s->counted);
	free(s);
}

void
subscriber_end(struct subscriber *s)
{
	conn_finish(s->member.conn);
	subscriber_free(s);
}

/* --- catching up ---------------------------------------------------------- */

/* What its old fanout has gathered in this turn follows its position, so it
 * comes again in the new one. */
void
subscriber_move(struct subscriber *s, const struct params *params)
{
	stop_catching_up(s);
	fanouts_leave(&s->member);
	enter(s, params);
	start_catching_up(s, params);
}

void
subscriber_wake(struct subscriber *s)
{
	if (s->state != SUBSCRIBER_CATCHING_UP || subscriber_is_quiet(s) ||
	    !conn_is_drained(s->member.conn))
		return;
	subscriber_chain(s); /* cleared, for what is given now */
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
subscriber_redis_is_down(const struct subscriber *s)
{
	return !bus_is_up(s->all->bus) && !bus_is_starting(s->all->bus);
}

const struct format *
subscriber_format(const struct subscriber *s)
{
	return fanout_format(s->member.fanout);
}

struct text
subscriber_cursor(const struct subscriber *s, struct buf *out)
{
	const struct fanout *fanout = s->member.fanout;

	buf_clear(out);
	cursor_put(out,
		   s->catch_up != NULL ? s->catch_up->parts
				       : fanout_parts(fanout),
		   fanout_channel_count(fanout));
	return (struct text){.bytes = out->bytes, .len = out->len};
}

struct chain *
subscriber_chain(struct subscriber *s)
{
	struct chain *c = &s->all->fanouts.chain;

	chain_clear(c);
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
