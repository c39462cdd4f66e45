/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/sentinels.h"

#include <ev.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/xalloc.h"
#include "shared/bus/sentinel.h"
#include "shared/conf/conf.h"

enum { LEAST = 3 }; /* that can agree on a failover when one is away */

/* --- asking --------------------------------------------------------------- */

struct asked {
	struct ev_loop *loop;
	struct sentinel_answer *out;
};

static void
master_named(void *arg, const struct redis_url *url)
{
	struct asked *q = arg;

	redis_url_show(q->out->master, url);
	ev_break(q->loop, EVBREAK_ALL);
}

static void
failed(void *arg, const char *reason)
{
	struct asked *q = arg;

	snprintf(q->out->fault, sizeof(q->out->fault), "%s", reason);
	ev_break(q->loop, EVBREAK_ALL);
}

static const struct sentinel_handler handler = {
    .master = master_named,
    .failed = failed,
};

/* One that does not answer within a second has failed. */
static void
ask_one(const struct conf *conf, size_t number, struct sentinel_answer *out)
{
	struct asked q = {ev_loop_new(EVFLAG_AUTO), out};
	static struct conf alone;
	struct sentinel *sentinel;

	if (q.loop == NULL)
		xalloc_failed();
	*out = (struct sentinel_answer){0};
	snprintf(out->address, sizeof(out->address), "%s:%u",
		 conf->sentinel.at[number].host,
		 (unsigned int)conf->sentinel.at[number].port);
	alone = *conf;
	alone.sentinel.at[0] = conf->sentinel.at[number];
	alone.sentinel.count = 1;
	sentinel = sentinel_open(q.loop, &alone, &handler, &q);
	ev_run(q.loop, 0);
	sentinel_close(sentinel);
	ev_loop_destroy(q.loop);
}

/* --- judging -------------------------------------------------------------- */

static const struct sentinel_answer *
first_named(const struct sentinel_answer *answers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (answers[i].master[0] != '\0')
			return &answers[i];
	return NULL;
}

void
sentinels_judge(struct doctor *d, const struct sentinel_answer *answers,
		size_t count)
{
	const struct sentinel_answer *first = first_named(answers, count);
	size_t named = 0;

	for (size_t i = 0; i < count; i++) {
		const struct sentinel_answer *a = &answers[i];

		named += a->master[0] != '\0';
		if (a->master[0] == '\0' && first == NULL)
			doctor_error(d,
				     "The Sentinel %s names no master %s: %s.",
				     a->address, d->conf->bus_master, a->fault);
		else if (a->master[0] == '\0')
			doctor_warn(d,
				    "The Sentinel %s names no master %s: %s. "
				    "The others do.",
				    a->address, d->conf->bus_master, a->fault);
		else if (strcmp(a->master, first->master) != 0)
			doctor_error(d,
				     "The Sentinels do not agree: %s says that "
				     "%s is the master, %s says %s.",
				     first->address, first->master, a->address,
				     a->master);
	}
	if (named == count && count < LEAST)
		doctor_note(d,
			    "bus.sentinel lists %zu: %d Sentinels can agree on "
			    "a failover when one of them is away.",
			    count, LEAST);
	if (named > 0)
		doctor_ok(d, "%zu of %zu Sentinels name the master, %s.", named,
			  count, first->master);
}

static void
ask_all(struct doctor *d)
{
	static struct sentinel_answer answers[SENTINELS_MAX];
	size_t count = d->conf->sentinel.count;

	if (count == 0)
		return;
	doctor_progress(d, "asking %zu Sentinels", count);
	for (size_t i = 0; i < count; i++)
		ask_one(d->conf, i, &answers[i]);
	sentinels_judge(d, answers, count);
}

const struct doctor_check doctor_sentinels[] = {
    {"bus.sentinel", ask_all},
    {NULL, NULL},
};
