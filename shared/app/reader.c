/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/reader.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/app/reader_private.h"

/* --- its end -------------------------------------------------------------- */

/* Its link has ended, or is gone. */
void
reader_free(struct reader *r)
{
	log_debug("reader_end", "client=%s", r->client);
	wheel_clear(r->all->wheel, &r->timer);
	reader_free_catching(r);
	reader_free_talking(r);
	group_leave(&r->member);
	if (r->counted)
		r->all->held--;
	free(r);
}

void
reader_gone(struct reader *r)
{
	reader_free(r);
}

static void
answered(struct member *m)
{
	reader_free((struct reader *)m);
}

void
reader_end(struct reader *r)
{
	link_end(r->member.link);
	reader_free(r);
}

/* The client sees its response cut, and comes back. */
void
reader_cut(struct reader *r, enum close_reason reason)
{
	reader_say_close(r, reason, false);
	link_cut(r->member.link);
	reader_free(r);
}

void
reader_finish(struct reader *r)
{
	if (technique.upgrade != NULL) {
		reader_cut(r, CLOSE_LATER); /* it ends with its connection */
		return;
	}
	reader_say_close(r, CLOSE_LATER, true);
	reader_end(r);
}

/* --- time ----------------------------------------------------------------- */

void
reader_set_timer(struct reader *r, uint64_t ms)
{
	uint64_t now = wheel_ms();

	if (r->end_at != 0 && r->end_at < now + ms)
		ms = r->end_at > now ? r->end_at - now : 0;
	wheel_set(r->all->wheel, &r->timer, ms);
}

static void
stream_timer(struct reader *r)
{
	uint64_t now = wheel_ms(), silent = now - r->member.link->last_write;
	uint64_t period = r->all->conf->hold_beat * 1000ull;

	if (r->end_at != 0 && now >= r->end_at) {
		reader_cut(r, CLOSE_AGAIN);
		return;
	}
	if (r->talking == NULL && silent + WHEEL_TICK_MS < period) {
		reader_set_timer(r, period - silent);
		return;
	}
	reader_set_timer(r, period);
	if (!link_is_drained(r->member.link)) {
		/* it is not silence it suffers from */
		if (silent > LINK_STALLED_MS)
			reader_cut(r, CLOSE_AGAIN);
		return;
	}
	if (r->talking != NULL && !reader_check_client(r))
		return;
	reader_say_beat(r);
	if (r->catching != NULL)
		reader_step(r); /* Redis had failed it */
}

static void
timer_fired(void *arg)
{
	struct reader *r = arg;

	if (technique.hold == HOLD_STREAM)
		stream_timer(r);
	else if (r->catching != NULL)
		reader_refuse_redis_away(r);
	else
		reader_answer(r, 0); /* nothing happened: the same cursor */
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
reader_drained(struct reader *r)
{
	if (r->catching != NULL)
		reader_step(r);
}

static void
wake(struct member *m)
{
	struct reader *r = (struct reader *)m;

	if (link_is_drained(m->link))
		reader_step(r);
}

static void
away(struct member *m)
{
	struct reader *r = (struct reader *)m;

	if (technique.hold != HOLD_STREAM) {
		reader_refuse_redis_away(r);
	} else if (!r->catching->hold) {
		reader_finish(r);
	}
}

/* --- its beginning -------------------------------------------------------- */

static struct reader *
reader_new(struct readers *all, struct link *l, const struct params *params,
	   const char *client)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->all = all;
	r->member.link = l;
	r->timer.fire = timer_fired;
	r->timer.arg = r;
	strncpy(r->client, client, READER_CLIENT_SIZE - 1);
	if (technique.hold != HOLD_NONE && all->held < all->held_max &&
	    !all->ending) {
		r->counted = true;
		all->held++;
	}
	if (!group_enter(&all->groups, params, &r->member) ||
	    !reader_start_catching(r, params) ||
	    !reader_start_talking(r, params)) {
		reader_free(r);
		return NULL;
	}
	l->owner = r;
	return r;
}

void
reader_start(struct readers *all, struct link *l, const struct params *params,
	     const char *client)
{
	struct reader *r = reader_new(all, l, params, client);
	bool away = !bus_is_up(all->bus) && !bus_is_starting(all->bus);
	const struct conf *conf = all->conf;

	if (r == NULL) {
		log_error("memory", "client=%s reason=\"out of memory\"",
			  client);
		link_drop(l);
		return;
	}
	log_debug("reader_start", "client=%s channel=%s channels=%zu", client,
		  params->channels[0].bytes, params->channel_count);
	if (technique.hold != HOLD_STREAM) {
		if (away)
			reader_refuse_redis_away(r);
		else {
			reader_set_timer(r, conf->bus_timeout * 1000ull);
			reader_step(r);
		}
		return;
	}
	if (conf->hold_max_age > 0)
		r->end_at = wheel_ms() + life_ms(conf);
	if (!r->counted)
		r->end_at = wheel_ms() + conf->bus_timeout * 1000ull;
	reader_say_open(r, params->line);
	reader_set_timer(r, conf->hold_beat * 1000ull);
	if (away && !r->counted) {
		reader_finish(r);
	} else if (link_is_drained(l)) {
		reader_step(r);
	}
}

/* --- all of them ---------------------------------------------------------- */

static const struct group_handler group_handler = {
    .wake = wake,
    .away = away,
    .answered = answered,
};

void
readers_init(struct readers *all, const struct conf *conf, struct wheel *wheel,
	     struct channels *channels, size_t held_max)
{
	memset(all, 0, sizeof(*all));
	all->conf = conf;
	all->wheel = wheel;
	all->bus = channels->bus;
	all->held_max = held_max;
	groups_init(&all->groups, channels, &group_handler);
}

void
readers_free(struct readers *all)
{
	groups_free(&all->groups);
}

static void
end_member(struct member *m)
{
	struct reader *r = (struct reader *)m;

	if (technique.hold == HOLD_STREAM)
		reader_cut(r, CLOSE_AGAIN);
	else if (r->catching == NULL)
		reader_answer(r, READER_RETRY_AFTER);
	else
		reader_refuse_redis_away(r);
}

void
readers_end(struct readers *all)
{
	all->ending = true;
	groups_flush(&all->groups);
	groups_each(&all->groups, end_member);
}
