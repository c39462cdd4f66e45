/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/status/prometheus.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "shared/base/text.h"

/* The value of a label: \ " and line breaks are escaped. */
static void
put_value(struct buf *out, const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		switch (*at) {
		case '\\':
			buf_puts(out, "\\\\");
			break;
		case '"':
			buf_puts(out, "\\\"");
			break;
		case '\n':
			buf_puts(out, "\\n");
			break;
		default:
			buf_putc(out, *at);
		}
}

static void
put_family(struct buf *out, const char *name, const char *type,
	   const char *help)
{
	buf_printf(out, "# HELP pushcgi_%s %s.\n# TYPE pushcgi_%s %s\n", name,
		   help, name, type);
}

/* The name and the labels that all series of a process have; open. */
static void
put_labels(struct buf *out, const char *name, const char *suffix,
	   const struct status_process *p)
{
	buf_printf(out, "pushcgi_%s%s{host=\"", name, suffix);
	put_value(out, p->host);
	buf_puts(out, "\",technique=\"");
	put_value(out, p->program);
	buf_printf(out, "\",pid=\"%" PRIu64 "\"", p->pid);
}

static void
put_label(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, ",%s=\"", name);
	put_value(out, value);
	buf_putc(out, '"');
}

static void
put_number(struct buf *out, uint64_t n)
{
	buf_printf(out, "} %" PRIu64 "\n", n);
}

/* --- one number a process ------------------------------------------------- */

static uint64_t
started(const struct status_process *p)
{
	return p->started;
}

static uint64_t
held_max(const struct status_process *p)
{
	return p->n.held_max;
}

static uint64_t
channels(const struct status_process *p)
{
	return p->n.channels;
}

static uint64_t
queue(const struct status_process *p)
{
	return p->n.queue;
}

static uint64_t
queue_max(const struct status_process *p)
{
	return p->n.queue_max;
}

static uint64_t
rss(const struct status_process *p)
{
	return p->n.rss;
}

static uint64_t
private_rss(const struct status_process *p)
{
	return p->n.private_rss;
}

static uint64_t
is_up(const struct status_process *p)
{
	return p->up;
}

static const struct {
	const char *name, *help;
	uint64_t (*of)(const struct status_process *p);
} gauges[] = {
    {"process_start_time_seconds", "When the process began, since 1970",
     started},
    {"held_max", "Subscribers that the process may hold", held_max},
    {"channels", "Channels that the process is subscribed to", channels},
    {"queue_bytes", "Bytes that wait for clients to take them", queue},
    {"queue_max_bytes", "Bytes that may wait: hold.max_memory", queue_max},
    {"memory_resident_bytes", "Memory of the process, also shared with others",
     rss},
    {"memory_private_bytes", "Memory of the process alone", private_rss},
    {"redis_up", "Whether the process has a connection to Redis", is_up},
};

static void
put_gauges(struct buf *out, const struct status *s)
{
	for (size_t g = 0; g < sizeof(gauges) / sizeof(gauges[0]); g++) {
		put_family(out, gauges[g].name, "gauge", gauges[g].help);
		for (size_t i = 0; i < s->count; i++) {
			put_labels(out, gauges[g].name, "", &s->processes[i]);
			put_number(out, gauges[g].of(&s->processes[i]));
		}
	}
}

/* Only of those that subscribe. */
static void
put_subscriptions(struct buf *out, const struct status *s)
{
	put_family(out, "subscription_up", "gauge",
		   "Whether Redis has confirmed the subscription");
	for (size_t i = 0; i < s->count; i++) {
		if (!s->processes[i].subscribes)
			continue;
		put_labels(out, "subscription_up", "", &s->processes[i]);
		put_number(out, s->processes[i].subscription);
	}
	put_family(out, "subscription_proved_timestamp_seconds", "gauge",
		   "When a message was last seen to arrive, since 1970");
	for (size_t i = 0; i < s->count; i++) {
		if (!s->processes[i].subscribes)
			continue;
		put_labels(out, "subscription_proved_timestamp_seconds", "",
			   &s->processes[i]);
		buf_printf(out, "} %.3f\n",
			   (double)s->processes[i].proved / 1000);
	}
}

static void
put_processes(struct buf *out, const struct status *s)
{
	put_family(out, "process_info", "gauge", "1; the labels say which");
	for (size_t i = 0; i < s->count; i++) {
		put_labels(out, "process_info", "", &s->processes[i]);
		put_label(out, "version", s->processes[i].version);
		put_label(out, "redis", s->processes[i].server);
		put_number(out, 1);
	}
}

/* --- several numbers a process -------------------------------------------- */

/* Numbers of a process that differ in the label `label`, one for each row. */
struct set {
	const char *name, *type, *help, *label;
	const struct stats_row *rows;
	size_t count, offset; /* of the first in struct status_numbers */
	bool zeros;	      /* are written too */
};

#define FIELD(name) offsetof(struct status_numbers, name)

static const struct set sets[] = {
    {"held", "gauge", "Subscribers that are held, by their way in", "way",
     stats_way_rows, STATS_WAYS, FIELD(ways), true},
    {"held_takes", "gauge", "The same, by what they take of the web server",
     "takes", stats_takes_rows, STATS_TAKES, FIELD(takes), true},
    {"refused_total", "counter", "Requests that were refused", "reason",
     stats_refusal_rows, STATS_REFUSALS, FIELD(refused), false},
    {"cut_total", "counter", "Subscribers that were cut", "reason",
     stats_cut_rows, STATS_CUTS, FIELD(cut), false},
};

static uint64_t
number_at(const struct status_process *p, size_t offset, size_t i)
{
	uint64_t n;

	memcpy(&n, (const char *)&p->n + offset + i * sizeof(n), sizeof(n));
	return n;
}

static void
put_set(struct buf *out, const struct status *s, const struct set *set)
{
	put_family(out, set->name, set->type, set->help);
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < set->count; k++) {
			uint64_t n =
			    number_at(&s->processes[i], set->offset, k);

			if (n == 0 && !set->zeros)
				continue;
			put_labels(out, set->name, "", &s->processes[i]);
			put_label(out, set->label, set->rows[k].name);
			put_number(out, n);
		}
}

/* Each counter is a family of its own. */
static void
put_counters(struct buf *out, const struct status *s)
{
	for (size_t k = 0; k < STATS_COUNTERS; k++) {
		const struct stats_row *row = &stats_counter_rows[k];

		buf_printf(out,
			   "# HELP pushcgi_%s_total Number of %s.\n"
			   "# TYPE pushcgi_%s_total counter\n",
			   row->name, row->help, row->name);
		for (size_t i = 0; i < s->count; i++) {
			put_labels(out, row->name, "_total", &s->processes[i]);
			put_number(out, s->processes[i].n.counters[k]);
		}
	}
}

static void
put_limits(struct buf *out, const struct status *s)
{
	static const char *const names[] = {"limit_used", "limit_max"};
	static const char *const helps[] = {"How much of a limit is used",
					    "The limit; see push.conf(5)"};

	for (size_t k = 0; k < 2; k++) {
		put_family(out, names[k], "gauge", helps[k]);
		for (size_t i = 0; i < s->count; i++) {
			const struct status_process *p = &s->processes[i];

			for (size_t j = 0; j < p->limit_count; j++) {
				put_labels(out, names[k], "", p);
				put_label(out, "limit", p->limits[j].name);
				put_number(out, k == 0 ? p->limits[j].used
						       : p->limits[j].max);
			}
		}
	}
}

/* --- times ---------------------------------------------------------------- */

static void
put_buckets(struct buf *out, const char *name, const struct status_process *p,
	    const struct stats_histogram *h)
{
	uint64_t count = 0;

	for (size_t i = 0; i < STATS_LIMITS; i++) {
		count += h->counts[i];
		put_labels(out, name, "_seconds_bucket", p);
		buf_printf(out, ",le=\"%g\"", (double)stats_le_ms[i] / 1000);
		put_number(out, count);
	}
	count += h->counts[STATS_LIMITS];
	put_labels(out, name, "_seconds_bucket", p);
	buf_puts(out, ",le=\"+Inf\"");
	put_number(out, count);
	put_labels(out, name, "_seconds_sum", p);
	buf_printf(out, "} %.6f\n", (double)h->sum_us / 1e6);
	put_labels(out, name, "_seconds_count", p);
	put_number(out, count);
}

static void
put_times(struct buf *out, const struct status *s)
{
	for (size_t k = 0; k < STATS_TIMES; k++) {
		const struct stats_row *row = &stats_time_rows[k];

		buf_printf(out,
			   "# HELP pushcgi_%s_seconds Time %s.\n"
			   "# TYPE pushcgi_%s_seconds histogram\n",
			   row->name, row->help, row->name);
		for (size_t i = 0; i < s->count; i++)
			put_buckets(out, row->name, &s->processes[i],
				    &s->processes[i].n.times[k]);
	}
}

/* --- of all --------------------------------------------------------------- */

static void
put_all(struct buf *out, const struct status *s)
{
	put_family(out, "processes", "gauge",
		   "Processes that are in these "
		   "metrics");
	buf_printf(out, "pushcgi_processes %zu\n", s->count);
	put_family(out, "processes_left_out", "gauge",
		   "Processes that are not, because there are too many");
	buf_printf(out, "pushcgi_processes_left_out %zu\n", s->left_out);
	put_family(out, "processes_troubled", "gauge",
		   "Processes with which something is wrong");
	buf_printf(out, "pushcgi_processes_troubled %zu\n", s->troubled);
	put_family(out, "channel_held", "gauge",
		   "Subscribers of the largest channels, of all processes");
	for (size_t i = 0; i < s->channels.count; i++) {
		buf_puts(out, "pushcgi_channel_held{channel=\"");
		put_value(out, s->channels.at[i].name);
		buf_puts(out, "\"");
		put_number(out, s->channels.at[i].held);
	}
	put_family(out, "channel_present", "gauge",
		   "Those of a channel with presence, and its long-polls "
		   "between two requests");
	for (size_t i = 0; i < s->channels.count; i++) {
		if (s->channels.at[i].at == 0)
			continue;
		buf_puts(out, "pushcgi_channel_present{channel=\"");
		put_value(out, s->channels.at[i].name);
		buf_puts(out, "\"");
		put_number(out, s->channels.at[i].present);
	}
}

void
status_put_prometheus(struct buf *out, const struct status *s)
{
	put_all(out, s);
	put_processes(out, s);
	put_gauges(out, s);
	put_subscriptions(out, s);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		put_set(out, s, &sets[i]);
	put_counters(out, s);
	put_limits(out, s);
	put_times(out, s);
}
