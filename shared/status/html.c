/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/status/html.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/status/html_parts.h"
#include "shared/status/page.h"
#include "shared/status/units.h"

/* --- is all well ---------------------------------------------------------- */

static void
put_summary(struct buf *out, const struct status *s)
{
	put_count(out, s->all.processes, "process", "processes");
	buf_puts(out, " on ");
	put_count(out, s->host_count, "host", "hosts");
	buf_puts(out, s->all.processes == 1 ? " holds " : " hold ");
	put_count(out, s->all.held, "subscriber", "subscribers");
	buf_putc(out, '.');
}

static void
put_verdict(struct buf *out, const struct status *s)
{
	bool well = status_is_well(s);

	buf_printf(out, "<h1 class=\"%s\">", well ? "good" : "bad");
	if (s->fault[0] != '\0')
		put_text(out, s->fault);
	else if (s->troubled > 0) {
		buf_puts(out, "Something is wrong with ");
		put_count(out, s->troubled, "process", "processes");
		buf_putc(out, '.');
	} else
		buf_puts(out,
			 s->count > 0 ? "All is well." : "No process runs.");
	if (s->count > 0) {
		buf_putc(out, ' ');
		put_summary(out, s);
	}
	buf_puts(out, "</h1>");
}

static void
put_troubles(struct buf *out, const struct status *s)
{
	if (s->trouble_count == 0 && s->left_out + s->unreadable == 0)
		return;
	buf_puts(out, "<section><ul class=\"bad\">");
	for (size_t i = 0; i < s->trouble_count; i++) {
		buf_puts(out, "<li>");
		put_text(out, s->troubles[i].sentence);
		buf_puts(out, "</li>");
	}
	if (s->troubled > s->trouble_count)
		buf_printf(out, "<li>And %zu more.</li>",
			   s->troubled - s->trouble_count);
	if (s->left_out > 0)
		buf_printf(out,
			   "<li>%zu more processes are not shown here, nor "
			   "counted.</li>",
			   s->left_out);
	if (s->unreadable > 0)
		buf_printf(out,
			   "<li>%zu entries in Redis are not readable: another "
			   "program or version has written them.</li>",
			   s->unreadable);
	buf_puts(out, "</ul></section>");
}

/* --- figures -------------------------------------------------------------- */

static void
begin_figure(struct buf *out)
{
	buf_puts(out, "<div><b>");
}

static void
end_figure(struct buf *out, const char *name)
{
	buf_printf(out, "</b><span class=\"soft\">%s</span></div>", name);
}

static void
put_figures(struct buf *out, const struct status *s)
{
	const struct status_numbers *n = &s->all;

	buf_puts(out, "<div class=\"figures\">");
	begin_figure(out);
	units_put_number(out, n->held);
	end_figure(out, "subscribers held");
	begin_figure(out);
	units_put_number(out, n->counters[STATS_MESSAGES_OUT]);
	end_figure(out, "messages sent");
	begin_figure(out);
	units_put_bytes(out, n->counters[STATS_BYTES_OUT]);
	end_figure(out, "sent");
	begin_figure(out);
	units_put_number(out, n->counters[STATS_PUBLISHED]);
	end_figure(out, "published here");
	begin_figure(out);
	put_percentile(out, &n->times[STATS_DELIVERY], 99);
	end_figure(out, "delivery, 99 %");
	begin_figure(out);
	units_put_bytes(out, n->queue);
	end_figure(out, "wait for clients");
	begin_figure(out);
	units_put_bytes(out, n->private_rss);
	end_figure(out, "memory");
	buf_puts(out, "</div>");
}

/* --- hosts and programs --------------------------------------------------- */

static void
put_hosts(struct buf *out, const struct status *s)
{
	static const struct column columns[] = {
	    {"host", false},	{"processes", true}, {"held", true},
	    {"messages", true}, {"queue", true},     {"memory", true}};

	begin_table(out, "Hosts", columns, 6);
	for (size_t i = 0; i < s->host_count; i++) {
		const struct status_group *g = &s->hosts[i];

		buf_puts(out, "<tr>");
		put_name(out, g->host);
		put_cell(out, g->n.processes);
		put_cell(out, g->n.held);
		put_cell(out, g->n.counters[STATS_MESSAGES_OUT]);
		put_bytes(out, g->n.queue);
		put_bytes(out, g->n.private_rss);
		buf_puts(out, "</tr>");
	}
	end_table(out);
}

/* How its subscribers came in: "12 fastcgi, 3 cgi". */
static void
put_ways(struct buf *out, const struct status_numbers *n)
{
	bool first = true;

	buf_puts(out, "<td class=\"line\">");
	for (size_t i = 0; i < STATS_WAYS; i++) {
		if (n->ways[i] == 0)
			continue;
		buf_puts(out, first ? "" : ", ");
		units_put_number(out, n->ways[i]);
		buf_printf(out, " %s", stats_way_rows[i].name);
		first = false;
	}
	buf_puts(out, "</td>");
}

static void
put_programs(struct buf *out, const struct status *s)
{
	static const struct column columns[] = {
	    {"program", false}, {"host", false},     {"state", false},
	    {"held", true},	{"way", false},	     {"messages", true},
	    {"gaps", true},	{"processes", true}, {"queue", true},
	    {"memory", true}};

	begin_table(out, "Programs", columns, 10);
	for (size_t i = 0; i < s->program_count; i++) {
		const struct status_group *g = &s->programs[i];

		buf_puts(out, "<tr>");
		put_name(out, g->program);
		put_name(out, g->host);
		if (g->troubled == 0)
			buf_puts(out, "<td>well</td>");
		else
			buf_printf(out, "<td class=\"bad\">%zu not</td>",
				   g->troubled);
		put_cell(out, g->n.held);
		put_ways(out, &g->n);
		put_cell(out, g->n.counters[STATS_MESSAGES_OUT]);
		put_cell(out, g->n.counters[STATS_GAPS]);
		put_cell(out, g->n.processes);
		put_bytes(out, g->n.queue);
		put_bytes(out, g->n.private_rss);
		buf_puts(out, "</tr>");
	}
	end_table(out);
}

static void
put_channels(struct buf *out, const struct status *s)
{
	static const struct column columns[] = {
	    {"channel", false}, {"held", true}, {"present", true}};

	begin_table(out, "Channels with most subscribers", columns, 3);
	for (size_t i = 0; i < s->channels.count; i++) {
		buf_puts(out, "<tr>");
		put_name(out, s->channels.at[i].name);
		put_cell(out, s->channels.at[i].held);
		if (s->channels.at[i].at > 0)
			put_cell(out, s->channels.at[i].present);
		else
			buf_puts(out, "<td></td>"); /* it has no presence */
		buf_puts(out, "</tr>");
	}
	end_table(out);
}

/* --- limits --------------------------------------------------------------- */

/* A limit, and whose. */
struct shown_limit {
	const struct status_process *process;
	const struct status_limit *limit;
};

static double
part_of(const struct shown_limit *l)
{
	return (double)l->limit->used / (double)l->limit->max;
}

/* For each limit the process that is nearest to it; returns how many. */
static size_t
nearest_limits(struct shown_limit out[STATUS_LIMITS_MAX],
	       const struct status *s)
{
	size_t count = 0, at;

	for (size_t i = 0; i < s->count; i++) {
		const struct status_process *p = &s->processes[i];

		for (size_t j = 0; j < p->limit_count; j++) {
			struct shown_limit l = {p, &p->limits[j]};

			for (at = 0; at < count; at++)
				if (strcmp(out[at].limit->name,
					   l.limit->name) == 0)
					break;
			if (at == STATUS_LIMITS_MAX)
				continue;
			if (at == count || part_of(&l) > part_of(&out[at]))
				out[at] = l;
			count += at == count;
		}
	}
	return count;
}

static void
put_amount(struct buf *out, const struct status_limit *limit, uint64_t n)
{
	if (strstr(limit->name, "memory") != NULL)
		put_bytes(out, n);
	else
		put_cell(out, n);
}

static void
put_limits(struct buf *out, const struct status *s)
{
	static const struct column columns[] = {{"limit", false},
						{"nearest to it", false},
						{"", false},
						{"used", true},
						{"of", true}};
	struct shown_limit limits[STATUS_LIMITS_MAX];
	size_t count = nearest_limits(limits, s);

	begin_table(out, "Limits", columns, 5);
	for (size_t i = 0; i < count; i++) {
		const struct status_process *p = limits[i].process;

		buf_puts(out, "<tr>");
		buf_puts(out, "<td class=\"line\">");
		put_text(out, limits[i].limit->name);
		buf_puts(out, "</td><td class=\"name\">");
		put_text(out, p->program);
		buf_puts(out, " <span class=\"soft\">");
		put_text(out, p->host);
		buf_puts(out, "</span></td><td>");
		put_meter(out, limits[i].limit->used, limits[i].limit->max);
		buf_puts(out, "</td>");
		put_amount(out, limits[i].limit, limits[i].limit->used);
		put_amount(out, limits[i].limit, limits[i].limit->max);
		buf_puts(out, "</tr>");
	}
	end_table(out);
}

/* --- Redis ---------------------------------------------------------------- */

static bool
same_server(const struct status_process *a, const struct status_process *b)
{
	return strcmp(a->server, b->server) == 0 &&
	       strcmp(a->fault, b->fault) == 0 && a->up == b->up;
}

/* One row for each server, and for each fault of it. */
static void
put_redis(struct buf *out, const struct status *s)
{
	static const struct column columns[] = {{"server", false},
						{"processes", true},
						{"state", false},
						{"last fault", false}};
	enum { ROWS_MAX = 10 };
	const struct status_process *shown[ROWS_MAX];
	size_t counts[ROWS_MAX] = {0}, rows = 0, at;

	for (size_t i = 0; i < s->count; i++) {
		const struct status_process *p = &s->processes[i];

		for (at = 0; at < rows && !same_server(shown[at], p);)
			at++;
		if (at == ROWS_MAX)
			continue;
		if (at == rows)
			shown[rows++] = p;
		counts[at]++;
	}
	begin_table(out, "Redis", columns, 4);
	for (size_t i = 0; i < rows; i++) {
		buf_puts(out, "<tr>");
		put_name(out, shown[i]->server);
		put_cell(out, counts[i]);
		buf_puts(out, shown[i]->up ? "<td>connected</td>"
					   : "<td class=\"bad\">away</td>");
		put_name(out, shown[i]->fault);
		buf_puts(out, "</tr>");
	}
	end_table(out);
}

/* --- the page ------------------------------------------------------------- */

void
status_put_main(struct buf *out, const struct status *s)
{
	put_verdict(out, s);
	put_troubles(out, s);
	if (s->count == 0)
		return;
	put_figures(out, s);
	put_hosts(out, s);
	put_programs(out, s);
	buf_puts(out, "<div class=\"pair\">");
	put_limits(out, s);
	put_reasons(out, "Refused", stats_refusal_rows, s->all.refused,
		    STATS_REFUSALS);
	put_reasons(out, "Cut", stats_cut_rows, s->all.cut, STATS_CUTS);
	put_times(out, "Delivery time", &s->all.times[STATS_DELIVERY]);
	put_times(out, "Loop lag", &s->all.times[STATS_LOOP_LAG]);
	put_channels(out, s);
	buf_puts(out, "</div>");
	put_redis(out, s);
}

void
status_put_page(struct buf *out, const struct status *s)
{
	buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
		      "<meta charset=\"utf-8\"><title>Status of pushcgi</title>"
		      "<meta name=\"viewport\" "
		      "content=\"width=device-width, initial-scale=1\">"
		      "<link rel=\"icon\" href=\"data:,\">"
		      "<noscript><meta http-equiv=\"refresh\" content=\"5\">"
		      "</noscript>\n<style>");
	buf_puts(out, status_style);
	buf_puts(out, "</style></head>\n<body><header>pushcgi, seen from ");
	put_text(out, s->host);
	buf_puts(out, "</header>\n<main>");
	status_put_main(out, s);
	buf_puts(out, "</main>\n<footer>Also as "
		      "<a href=\"?format=json\">JSON</a>, as "
		      "<a href=\"?format=prometheus\">metrics of "
		      "Prometheus</a>, and as a "
		      "<a href=\"?health=1\">check</a> for a monitor."
		      "</footer>\n<script>");
	buf_puts(out, status_script);
	buf_puts(out, "</script></body></html>\n");
}
