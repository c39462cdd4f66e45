/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/status/process.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/vec.h"
#include "shared/base/xalloc.h"
#include "shared/model/json.h"

/* What is read of an entry. */
static const struct json_member members[] = {
    {"v", NULL},	{"id", NULL},	    {"host", NULL},
    {"pid", NULL},	{"program", NULL},  {"version", NULL},
    {"started", NULL},	{"at", NULL},	    {"held", NULL},
    {"channels", NULL}, {"counters", NULL}, {"refused", NULL},
    {"cut", NULL},	{"delivery", NULL}, {"loop_lag", NULL},
    {"queue", NULL},	{"memory", NULL},   {"redis", NULL},
    {"limits", NULL},	{"interval", NULL}, {"ending", NULL},
    {"boot", NULL},	{"ticks", NULL},    {NULL, NULL}};

/* --- values --------------------------------------------------------------- */

/* Anything but a number is 0, and so is one below. */
static uint64_t
number_of(const json_t *value)
{
	double real;

	if (json_is_integer(value)) {
		json_int_t n = json_integer_value(value);

		if (n <= 0)
			return 0;
		return (uint64_t)n < STATUS_NUMBER_MAX ? (uint64_t)n
						       : STATUS_NUMBER_MAX;
	}
	real = json_real_value(value); /* 0 unless it is one */
	if (!(real > 0))
		return 0;
	return real < (double)STATUS_NUMBER_MAX ? (uint64_t)real
						: STATUS_NUMBER_MAX;
}

static uint64_t
number(const json_t *object, const char *name)
{
	return number_of(json_object_get(object, name));
}

/* Of milliseconds, which may have a fraction. */
static uint64_t
microseconds(const json_t *value)
{
	double us = json_number_value(value) * 1000;

	if (!(us > 0))
		return 0;
	return us < (double)STATUS_NUMBER_MAX ? (uint64_t)us
					      : STATUS_NUMBER_MAX;
}

/* Copies a UTF-8 text, or its first characters that fit; line breaks and other
 * control characters become spaces, so that it stays on its line. */
static void
copy_text(char *out, size_t size, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (len >= size) {
		len = size - 1;
		/* not within a character */
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	for (size_t i = 0; i < len; i++)
		out[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f
			     ? ' '
			     : text[i];
	out[len] = '\0';
}

static void
text_in(char *out, size_t size, const json_t *object, const char *name)
{
	copy_text(out, size, json_string_value(json_object_get(object, name)));
}

/* --- parts ---------------------------------------------------------------- */

static void
read_rows(uint64_t *out, const struct stats_row *rows, size_t count,
	  const json_t *object)
{
	for (size_t i = 0; i < count; i++)
		out[i] = number(object, rows[i].name);
}

/* The limits of another version may be others; then its times are left out. */
static void
read_times(struct stats_histogram *out, const json_t *object)
{
	const json_t *le = json_object_get(object, "le_ms");
	const json_t *counts = json_object_get(object, "counts");

	if (json_array_size(le) != STATS_LIMITS ||
	    json_array_size(counts) != STATS_LIMITS + 1)
		return;
	for (size_t i = 0; i < STATS_LIMITS; i++)
		if (number_of(json_array_get(le, i)) != stats_le_ms[i])
			return;
	for (size_t i = 0; i <= STATS_LIMITS; i++)
		out->counts[i] = number_of(json_array_get(counts, i));
	out->sum_us = microseconds(json_object_get(object, "sum_ms"));
}

static void
read_limits(struct status_process *out, json_t *object)
{
	void *at = json_object_iter(object);

	for (; at != NULL && out->limit_count < STATUS_LIMITS_MAX;
	     at = json_object_iter_next(object, at)) {
		const json_t *pair = json_object_iter_value(at);
		struct status_limit *limit = &out->limits[out->limit_count];

		copy_text(limit->name, sizeof(limit->name),
			  json_object_iter_key(at));
		limit->used = number_of(json_array_get(pair, 0));
		limit->max = number_of(json_array_get(pair, 1));
		out->limit_count += limit->max > 0;
	}
}

static void
read_redis(struct status_process *out, const json_t *redis)
{
	const json_t *subscription = json_object_get(redis, "subscription");

	out->up = json_is_true(json_object_get(redis, "up"));
	out->subscribes = json_is_boolean(subscription);
	out->subscription = json_is_true(subscription);
	out->audit = number(redis, "audit");
	out->proved = number(redis, "proved");
	text_in(out->fault, sizeof(out->fault), redis, "fault");
	text_in(out->server, sizeof(out->server), redis, "server");
}

static void
read_numbers(struct status_numbers *n, const json_t *root)
{
	const json_t *held = json_object_get(root, "held");
	const json_t *queue = json_object_get(root, "queue");
	const json_t *memory = json_object_get(root, "memory");

	n->processes = 1;
	n->held = number(held, "total");
	n->held_max = number(held, "max");
	read_rows(n->ways, stats_way_rows, STATS_WAYS,
		  json_object_get(held, "ways"));
	read_rows(n->takes, stats_takes_rows, STATS_TAKES,
		  json_object_get(held, "takes"));
	n->channels = number(json_object_get(root, "channels"), "count");
	read_rows(n->counters, stats_counter_rows, STATS_COUNTERS,
		  json_object_get(root, "counters"));
	read_rows(n->refused, stats_refusal_rows, STATS_REFUSALS,
		  json_object_get(root, "refused"));
	read_rows(n->cut, stats_cut_rows, STATS_CUTS,
		  json_object_get(root, "cut"));
	for (size_t i = 0; i < STATS_TIMES; i++)
		read_times(&n->times[i],
			   json_object_get(root, stats_time_rows[i].name));
	n->queue = number(queue, "bytes");
	n->queue_max = number(queue, "max");
	n->rss = number(memory, "rss");
	n->private_rss = number(memory, "private");
}

/* --- channels ------------------------------------------------------------- */

static void
append_channels(struct status_channels *out, const json_t *top)
{
	size_t count = json_array_size(top);

	for (size_t i = 0; i < count && i < STATUS_TOP_MAX; i++) {
		const json_t *row = json_array_get(top, i);
		const char *name = json_string_value(json_array_get(row, 0));

		if (name == NULL || name[0] == '\0')
			continue;
		out->at =
		    vec_grow(out->at, out->count, &out->room, sizeof(*out->at));
		out->at[out->count++] = (struct status_channel){
		    .name = xstrdup(name),
		    .held = number_of(json_array_get(row, 1)),
		    .present = number_of(json_array_get(row, 2)),
		    .at = number_of(json_array_get(row, 3))};
	}
}

void
status_channels_free(struct status_channels *channels)
{
	for (size_t i = 0; i < channels->count; i++)
		free(channels->at[i].name);
	free(channels->at);
	*channels = (struct status_channels){NULL, 0, 0};
}

/* --- all ------------------------------------------------------------------ */

bool
status_process_read(struct status_process *out,
		    struct status_channels *channels, struct text json)
{
	struct problem ignored;
	json_t *root;
	bool good;

	*out = (struct status_process){.pid = 0};
	if (json.len > STATUS_ENTRY_MAX)
		return false;
	root = json_read_object(json, members, "The entry", &ignored);
	if (root == NULL)
		return false;
	text_in(out->id, sizeof(out->id), root, "id");
	text_in(out->host, sizeof(out->host), root, "host");
	text_in(out->program, sizeof(out->program), root, "program");
	text_in(out->version, sizeof(out->version), root, "version");
	text_in(out->boot, sizeof(out->boot), root, "boot");
	out->ticks = number(root, "ticks");
	out->pid = number(root, "pid");
	out->started = number(root, "started");
	out->at = number(root, "at");
	out->interval = number(root, "interval");
	out->is_ending = json_is_true(json_object_get(root, "ending"));
	read_numbers(&out->n, root);
	read_limits(out, json_object_get(root, "limits"));
	read_redis(out, json_object_get(root, "redis"));
	good = number(root, "v") == 1 && out->host[0] != '\0' &&
	       out->program[0] != '\0' && out->pid > 0;
	if (good)
		append_channels(
		    channels,
		    json_object_get(json_object_get(root, "channels"), "top"));
	json_decref(root);
	return good;
}
