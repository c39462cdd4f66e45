/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/entry.h"

#include <jansson.h>
#include <unistd.h>

#include "shared/app/limits_report.h"
#include "shared/base/clock.h"
#include "shared/bus/probe.h"
#include "shared/conf/conf_print.h"
#include "shared/hub/crowds.h"
#include "shared/stats/memory.h"
#include "shared/stats/stats_table.h"
#include "shared/technique.h"

enum { HOST_SIZE = 256 };

/* --- values --------------------------------------------------------------- */

static void
put(json_t *object, const char *name, uint64_t number)
{
	json_object_set_new(object, name, json_integer((json_int_t)number));
}

/* A text that is no UTF-8 is left out. */
static void
put_text(json_t *object, const char *name, const char *text)
{
	json_object_set_new(object, name, json_string(text));
}

static json_t *
pair(uint64_t used, uint64_t most)
{
	return json_pack("[I,I]", (json_int_t)used, (json_int_t)most);
}

static uint64_t
by_redis(uint64_t ms)
{
	return ms + (uint64_t)stats.redis_ahead_ms;
}

/* --- members -------------------------------------------------------------- */

static bool
subscribes(const struct entry *e)
{
	return technique_subscribes(e->dispatch->technique);
}

static size_t
held_max(const struct entry *e)
{
	return subscribes(e) ? e->dispatch->subscribing.subscribers.held_max
			     : 0;
}

static void
put_process(json_t *entry, const struct entry *e)
{
	char host[HOST_SIZE] = "";

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	put(entry, "v", ENTRY_VERSION);
	put_text(entry, "id", e->id);
	put_text(entry, "host", host);
	put_text(entry, "boot", e->boot);
	put(entry, "ticks", e->ticks);
	put(entry, "pid", (uint64_t)getpid());
	put_text(entry, "program", e->dispatch->technique->name);
	put_text(entry, "version", PACKAGE_VERSION);
	put(entry, "started", e->started);
	put(entry, "at", by_redis(clock_unix_ms()));
	put(entry, "interval", e->dispatch->conf->status_interval);
	if (e->is_ending)
		json_object_set_new(entry, "ending", json_true());
}

static json_t *
divided(const struct stats_row *rows, const size_t *numbers, size_t count)
{
	json_t *all = json_object();

	for (size_t i = 0; i < count; i++)
		put(all, rows[i].name, numbers[i]);
	return all;
}

static json_t *
held(const struct entry *e)
{
	json_t *all = json_object();

	put(all, "total", stats.held);
	put(all, "max", held_max(e));
	json_object_set_new(all, "ways",
			    divided(stats_way_rows, stats.ways, STATS_WAYS));
	json_object_set_new(
	    all, "takes", divided(stats_takes_rows, stats.takes, STATS_TAKES));
	return all;
}

static json_t *
crowd(const struct crowd *c)
{
	json_t *row = json_pack("[s,I]", c->name.bytes, (json_int_t)c->members);

	if (c->presence != NULL) {
		json_array_append_new(
		    row, json_integer((json_int_t)c->presence->count));
		json_array_append_new(
		    row, json_integer((json_int_t)c->presence->at));
	}
	return row;
}

static json_t *
channels(const struct entry *e)
{
	struct crowd top[ENTRY_TOP];
	struct crowds crowds = {.top = top, .most = ENTRY_TOP};
	json_t *all = json_object(), *list = json_array();

	if (subscribes(e))
		crowds_find(&crowds, &e->dispatch->subscribing.channels);
	for (size_t i = 0; i < crowds.top_count; i++)
		json_array_append_new(list, crowd(&top[i]));
	put(all, "count", crowds.count);
	json_object_set_new(all, "top", list);
	return all;
}

/* `zeros`: also those that are 0. */
static json_t *
counts(const struct stats_row *rows, const uint64_t *numbers, size_t count,
       bool zeros)
{
	json_t *all = json_object();

	for (size_t i = 0; i < count; i++)
		if (zeros || numbers[i] > 0)
			put(all, rows[i].name, numbers[i]);
	return all;
}

static json_t *
times(const struct stats_histogram *h)
{
	json_t *limits = json_array(), *numbers = json_array();

	for (size_t i = 0; i < STATS_LIMITS; i++)
		json_array_append_new(limits, json_integer(stats_le_ms[i]));
	for (size_t i = 0; i <= STATS_LIMITS; i++)
		json_array_append_new(numbers,
				      json_integer((json_int_t)h->counts[i]));
	return json_pack("{s:o,s:o,s:f}", "le_ms", limits, "counts", numbers,
			 "sum_ms", (double)h->sum_us / 1000.);
}

static void
put_memory(json_t *entry)
{
	struct memory memory;
	json_t *all;

	if (!memory_read(&memory))
		return;
	all = json_object();
	put(all, "rss", memory.rss);
	put(all, "private", memory.private);
	json_object_set_new(entry, "memory", all);
}

static json_t *
redis(const struct entry *e)
{
	const struct conf *conf = e->dispatch->conf;
	char server[CONF_REDIS_SHOWN];
	json_t *all = json_object();
	bool up = bus_is_up(e->bus);
	uint64_t proved;

	conf_show_redis(server, conf);
	json_object_set_new(all, "up", json_boolean(up));
	put_text(all, "fault", up ? "" : bus_fault(e->bus));
	put_text(all, "server", server);
	if (e->dispatch->technique->publish != NULL)
		return all;
	proved = bus_probe_proved(e->bus);
	json_object_set_new(all, "subscription",
			    json_boolean(bus_is_subscribed(e->bus)));
	put(all, "proved", proved > 0 ? by_redis(proved) : 0);
	put(all, "audit", conf->bus_audit);
	return all;
}

static json_t *
limits(const struct entry *e)
{
	struct limits_used used[LIMITS_REPORTED];
	const struct dispatch *d = e->dispatch;
	json_t *all = json_object();
	size_t n = 0;

	if (subscribes(e))
		json_object_set_new(all, "hold.max",
				    pair(stats.held, held_max(e)));
	json_object_set_new(all, "descriptors",
			    pair(e->conns->count, e->conns->max_conns));
	json_object_set_new(all, "hold.max_memory",
			    pair(queues_memory(), d->conf->hold_max_memory));
	if (d->limits.is_open && subscribes(e))
		n = limits_report(&e->dispatch->limits, used);
	for (size_t i = 0; i < n; i++)
		json_object_set_new(all, used[i].setting,
				    pair(used[i].used, used[i].most));
	return all;
}

char *
entry_json(const struct entry *e)
{
	json_t *entry = json_object();
	char *text;

	put_process(entry, e);
	json_object_set_new(entry, "held", held(e));
	json_object_set_new(entry, "channels", channels(e));
	json_object_set_new(
	    entry, "counters",
	    counts(stats_counter_rows, stats.counters, STATS_COUNTERS, true));
	json_object_set_new(
	    entry, "refused",
	    counts(stats_refusal_rows, stats.refused, STATS_REFUSALS, false));
	json_object_set_new(
	    entry, "cut", counts(stats_cut_rows, stats.cut, STATS_CUTS, false));
	for (size_t i = 0; i < STATS_TIMES; i++)
		json_object_set_new(entry, stats_time_rows[i].name,
				    times(&stats.times[i]));
	json_object_set_new(entry, "queue",
			    json_pack("{s:I,s:I}", "bytes",
				      (json_int_t)queues_memory(), "max",
				      (json_int_t)e->conns->max_memory));
	put_memory(entry);
	json_object_set_new(entry, "redis", redis(e));
	json_object_set_new(entry, "limits", limits(e));
	text = json_dumps(entry, JSON_COMPACT);
	json_decref(entry);
	return text;
}
