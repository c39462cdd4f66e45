/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/capacity.h"

#include <sys/resource.h>

enum {
	DESCRIPTORS_RESERVED = 32, /* Redis, log, listening, libev, slack */
	/* Who is not held has a descriptor until it was told so, and so has
	 * Apache while it asks: this many, or a part of all. */
	PASSING_MIN = 256,
	PASSING_MIN_PART = 4, /* of few: at most this part */
	PASSING_PART = 16,
	/* server.max-fds of deploy/lighttpd */
	DESCRIPTORS_LIGHTTPD = 65536
};

static size_t
count_of(rlim_t limit)
{
	return limit < CONF_AUTO ? (size_t)limit : CONF_AUTO;
}

void
capacity_raise(struct capacity *c)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		limit.rlim_cur = limit.rlim_max = 1024;
	c->inherited = count_of(limit.rlim_cur);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	c->descriptors = count_of(limit.rlim_cur);
}

void
capacity_set_budget(const struct capacity *c, struct conf *conf)
{
	unsigned int some = DESCRIPTORS_LIGHTTPD;

	if (conf->hold_budget_lighttpd != CONF_AUTO)
		return;
	if (c->inherited < some)
		some = (unsigned int)c->inherited;
	conf->hold_budget_lighttpd = some * 7 / 20 + (some < 3); /* not 0 */
}

static size_t
of_conns(const struct capacity *c)
{
	return c->descriptors > DESCRIPTORS_RESERVED
		   ? c->descriptors - DESCRIPTORS_RESERVED
		   : 0;
}

/* Of `all`, for those who pass by. */
static size_t
passing(size_t all)
{
	size_t part = all / PASSING_PART, few = all / PASSING_MIN_PART;

	if (few > PASSING_MIN)
		few = PASSING_MIN;
	return part > few ? part : few;
}

static size_t
crowded_above(size_t all)
{
	return all - passing(all) * 3 / 4;
}

size_t
capacity_held_max(const struct capacity *c, const struct conf *conf)
{
	size_t all = of_conns(c);

	if (conf->stand_in)
		return 0;
	if (conf->hold_max == CONF_AUTO)
		return all - passing(all);
	return conf->hold_max < crowded_above(all) ? conf->hold_max
						   : crowded_above(all);
}

void
capacity_limit_conns(const struct capacity *c, struct conns *conns)
{
	size_t all = of_conns(c), some = passing(all);

	conns->room.crowded = crowded_above(all);
	conns->room.full = all - some / 2;
	conns->room.max_asking = some / 2 + (some < 2); /* not 0 */
}
