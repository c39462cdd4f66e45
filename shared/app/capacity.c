/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/capacity.h"

#include <sys/resource.h>

enum {
	DESCRIPTORS_RESERVED = 32, /* Redis, log, listening, libev, slack */
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

size_t
capacity_held_max(const struct capacity *c, const struct conf *conf)
{
	if (conf->stand_in)
		return 0;
	if (conf->hold_max != CONF_AUTO)
		return conf->hold_max;
	return c->descriptors > DESCRIPTORS_RESERVED
		   ? c->descriptors - DESCRIPTORS_RESERVED
		   : 0;
}
