/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/status/json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/escape.h"
#include "shared/base/text.h"

void
status_put_json_text(struct buf *out, const char *text)
{
	escape_json(out, text_of(text));
}

/* ,"name":"text" */
static void
put_text(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, ",\"%s\":", name);
	status_put_json_text(out, text);
}

static void
put_number(struct buf *out, const char *name, uint64_t n)
{
	buf_printf(out, ",\"%s\":%" PRIu64, name, n);
}

static void
put_bool(struct buf *out, const char *name, bool truth)
{
	buf_printf(out, ",\"%s\":%s", name, truth ? "true" : "false");
}

/* --- numbers -------------------------------------------------------------- */

/* A comma, unless it is the first. */
static void
put_comma(struct buf *out, bool *first)
{
	if (!*first)
		buf_putc(out, ',');
	*first = false;
}

static void
put_rows(struct buf *out, const char *name, const struct stats_row *rows,
	 const uint64_t *n, size_t count, bool zeros)
{
	bool first = true;

	buf_printf(out, ",\"%s\":{", name);
	for (size_t i = 0; i < count; i++) {
		if (n[i] == 0 && !zeros)
			continue;
		put_comma(out, &first);
		buf_printf(out, "\"%s\":%" PRIu64, rows[i].name, n[i]);
	}
	buf_putc(out, '}');
}

static void
put_times(struct buf *out, const char *name, const struct stats_histogram *h)
{
	buf_printf(out, ",\"%s\":{\"le_ms\":[", name);
	for (size_t i = 0; i < STATS_LIMITS; i++)
		buf_printf(out, "%s%u", i > 0 ? "," : "", stats_le_ms[i]);
	buf_puts(out, "],\"counts\":[");
	for (size_t i = 0; i <= STATS_LIMITS; i++)
		buf_printf(out, "%s%" PRIu64, i > 0 ? "," : "", h->counts[i]);
	buf_printf(out, "],\"sum_ms\":%.3f}", (double)h->sum_us / 1000);
}

static void
put_numbers(struct buf *out, const struct status_numbers *n)
{
	put_number(out, "processes", n->processes);
	put_number(out, "held", n->held);
	put_number(out, "held_max", n->held_max);
	put_rows(out, "ways", stats_way_rows, n->ways, STATS_WAYS, true);
	put_rows(out, "takes", stats_takes_rows, n->takes, STATS_TAKES, true);
	put_number(out, "channels", n->channels);
	put_rows(out, "counters", stats_counter_rows, n->counters,
		 STATS_COUNTERS, true);
	put_rows(out, "refused", stats_refusal_rows, n->refused, STATS_REFUSALS,
		 false);
	put_rows(out, "cut", stats_cut_rows, n->cut, STATS_CUTS, false);
	for (size_t i = 0; i < STATS_TIMES; i++)
		put_times(out, stats_time_rows[i].name, &n->times[i]);
	buf_printf(out,
		   ",\"queue\":{\"bytes\":%" PRIu64 ",\"max\":%" PRIu64 "}",
		   n->queue, n->queue_max);
	buf_printf(out,
		   ",\"memory\":{\"rss\":%" PRIu64 ",\"private\":%" PRIu64 "}",
		   n->rss, n->private_rss);
}

/* --- lists ---------------------------------------------------------------- */

static void
put_group(struct buf *out, const struct status_group *g)
{
	buf_puts(out, "{\"host\":");
	status_put_json_text(out, g->host);
	if (g->program != NULL)
		put_text(out, "program", g->program);
	put_number(out, "troubled", g->troubled);
	put_numbers(out, &g->n);
	buf_putc(out, '}');
}

static void
put_groups(struct buf *out, const char *name, const struct status_group *at,
	   size_t count)
{
	buf_printf(out, ",\"%s\":[", name);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_putc(out, ',');
		put_group(out, &at[i]);
	}
	buf_putc(out, ']');
}

static void
put_redis(struct buf *out, const struct status_process *p)
{
	buf_printf(out, ",\"redis\":{\"up\":%s", p->up ? "true" : "false");
	if (p->subscribes) {
		put_bool(out, "subscription", p->subscription);
		put_number(out, "proved", p->proved);
	}
	put_text(out, "fault", p->fault);
	put_text(out, "server", p->server);
	buf_putc(out, '}');
}

static void
put_process(struct buf *out, const struct status_process *p)
{
	buf_puts(out, "{\"host\":");
	status_put_json_text(out, p->host);
	put_text(out, "program", p->program);
	put_number(out, "pid", p->pid);
	put_text(out, "id", p->id);
	put_text(out, "version", p->version);
	put_number(out, "started", p->started);
	put_number(out, "at", p->at);
	put_numbers(out, &p->n);
	put_redis(out, p);
	buf_puts(out, ",\"limits\":{");
	for (size_t i = 0; i < p->limit_count; i++) {
		if (i > 0)
			buf_putc(out, ',');
		status_put_json_text(out, p->limits[i].name);
		buf_printf(out, ":[%" PRIu64 ",%" PRIu64 "]", p->limits[i].used,
			   p->limits[i].max);
	}
	buf_puts(out, "}}");
}

static void
put_channels(struct buf *out, const struct status_channels *channels)
{
	buf_puts(out, ",\"channels\":[");
	for (size_t i = 0; i < channels->count; i++) {
		buf_puts(out, i > 0 ? ",{\"channel\":" : "{\"channel\":");
		status_put_json_text(out, channels->at[i].name);
		put_number(out, "held", channels->at[i].held);
		if (channels->at[i].at > 0)
			put_number(out, "present", channels->at[i].present);
		buf_putc(out, '}');
	}
	buf_putc(out, ']');
}

/* --- all ------------------------------------------------------------------ */

void
status_put_json(struct buf *out, const struct status *s)
{
	buf_printf(out, "{\"ok\":%s", status_is_well(s) ? "true" : "false");
	put_text(out, "fault", s->fault);
	buf_puts(out, ",\"troubles\":[");
	for (size_t i = 0; i < s->trouble_count; i++) {
		if (i > 0)
			buf_putc(out, ',');
		status_put_json_text(out, s->troubles[i].sentence);
	}
	buf_putc(out, ']');
	put_number(out, "at", s->now);
	put_text(out, "host", s->host);
	buf_printf(out, ",\"all\":{\"hosts\":%zu", s->host_count);
	put_numbers(out, &s->all);
	buf_putc(out, '}');
	put_groups(out, "hosts", s->hosts, s->host_count);
	put_groups(out, "programs", s->programs, s->program_count);
	put_channels(out, &s->channels);
	buf_puts(out, ",\"processes\":[");
	for (size_t i = 0; i < s->count; i++) {
		if (i > 0)
			buf_putc(out, ',');
		put_process(out, &s->processes[i]);
	}
	buf_putc(out, ']');
	put_number(out, "left_out", s->left_out);
	buf_puts(out, "}\n");
}
