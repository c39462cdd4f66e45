/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/survey.h"

#include <stdio.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/proc.h"
#include "shared/bus/entries.h"

enum { SLACK_MS = 3000 }; /* of a proof, besides bus.timeout */

static void
begin(struct survey *s, uint64_t now_ms)
{
	char host[STATUS_NAME_SIZE] = "";

	status_free(&s->status);
	gethostname(host, sizeof(host) - 1);
	status_begin(&s->status, host, now_ms,
		     s->conf->bus_timeout * 1000 + SLACK_MS);
	proc_boot(s->status.boot);
}

static void
finish(struct survey *s)
{
	status_finish(&s->status);
	s->reading = false;
	s->done(s->arg);
}

static void
fail(struct survey *s, const char *why)
{
	s->is_read = false;
	begin(s, clock_unix_ms());
	snprintf(s->status.fault, sizeof(s->status.fault),
		 "The state of the processes could not be read from Redis: %s",
		 why);
	finish(s);
}

static void
entries_came(void *arg, const struct entries *entries)
{
	struct survey *s = arg;

	s->call = NULL;
	if (entries->status == BUS_DOWN) {
		fail(s, bus_fault(s->bus));
		return;
	}
	if (entries->status != BUS_OK) {
		fail(s, "it answered with an error; see the log");
		return;
	}
	s->is_read = true;
	s->read_at = clock_ms();
	begin(s, entries->now_ms);
	for (size_t i = 0; i < entries->count; i++)
		status_add(&s->status, entries->texts[i]);
	s->status.left_out += entries->is_cut; /* at least one */
	silent_add(&s->silent, &s->status);
	finish(s);
}

static void
ask(struct survey *s)
{
	if (bus_is_starting(s->bus))
		return;
	if (bus_is_up(s->bus))
		s->call = entries_read(s->bus, entries_came, s);
	if (s->call == NULL)
		fail(s, bus_fault(s->bus));
}

bool
survey_is_fresh(const struct survey *s)
{
	return s->is_read && clock_ms() - s->read_at < SURVEY_FRESH_MS;
}

void
survey_read(struct survey *s)
{
	if (s->reading)
		return;
	s->reading = true;
	ask(s);
}

void
survey_up(struct survey *s)
{
	if (s->reading && s->call == NULL)
		ask(s);
}

void
survey_down(struct survey *s)
{
	if (s->reading && s->call == NULL)
		fail(s, bus_fault(s->bus));
}

void
survey_close(struct survey *s)
{
	bus_cancel(s->call);
	silent_free(&s->silent);
	status_free(&s->status);
}
