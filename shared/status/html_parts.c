/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/status/html_parts.h"

#include <inttypes.h>

#include "shared/base/escape.h"
#include "shared/status/numbers.h"
#include "shared/status/units.h"

/* --- tables --------------------------------------------------------------- */

void
begin_table(struct buf *out, const char *heading, const struct column *columns,
	    size_t count)
{
	buf_printf(out, "<section><h2>%s</h2><table><tr>", heading);
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "<th%s>%s</th>",
			   columns[i].is_number ? " class=\"n\"" : "",
			   columns[i].name);
	buf_puts(out, "</tr>");
}

void
end_table(struct buf *out)
{
	buf_puts(out, "</table></section>");
}

void
put_text(struct buf *out, const char *text)
{
	char one[2] = {0};

	for (; *text != '\0'; text++) {
		one[0] = *text == '\n' || *text == '\r' ? ' ' : *text;
		escape_html(out, one);
	}
}

void
put_name(struct buf *out, const char *name)
{
	buf_puts(out, "<td class=\"name\">");
	put_text(out, name);
	buf_puts(out, "</td>");
}

void
put_cell(struct buf *out, uint64_t n)
{
	buf_puts(out, "<td class=\"n\">");
	units_put_number(out, n);
	buf_puts(out, "</td>");
}

void
put_bytes(struct buf *out, uint64_t n)
{
	buf_puts(out, "<td class=\"n\">");
	units_put_bytes(out, n);
	buf_puts(out, "</td>");
}

void
put_meter(struct buf *out, uint64_t used, uint64_t max)
{
	double part = max > 0 ? (double)used * 100 / (double)max : 0;

	buf_printf(out,
		   "<meter min=\"0\" max=\"100\" low=\"70\" high=\"90\" "
		   "optimum=\"0\" value=\"%.1f\">%.0f %%</meter>",
		   part, part);
}

void
put_count(struct buf *out, uint64_t n, const char *one, const char *many)
{
	units_put_number(out, n);
	buf_printf(out, " %s", n == 1 ? one : many);
}

/* --- reasons -------------------------------------------------------------- */

void
put_reasons(struct buf *out, const char *heading, const struct stats_row *rows,
	    const uint64_t *n, size_t count)
{
	static const struct column columns[] = {
	    {"reason", false}, {"times", true}, {"what it means", false}};
	bool any = false;

	begin_table(out, heading, columns, 3);
	for (size_t i = 0; i < count; i++) {
		if (n[i] == 0)
			continue;
		any = true;
		buf_puts(out, "<tr>");
		buf_printf(out, "<td>%s</td>", rows[i].name);
		put_cell(out, n[i]);
		buf_puts(out, "<td class=\"soft\">");
		put_text(out, rows[i].help);
		buf_puts(out, "</td></tr>");
	}
	if (!any)
		buf_puts(out, "<tr><td colspan=\"3\">none</td></tr>");
	end_table(out);
}

/* --- times ---------------------------------------------------------------- */

void
put_percentile(struct buf *out, const struct stats_histogram *h,
	       unsigned int percent)
{
	unsigned int ms = status_times_percentile(h, percent);

	if (ms == 0)
		buf_puts(out, "none");
	else if (ms == UINT32_MAX)
		buf_printf(out, "&gt; %u s",
			   stats_le_ms[STATS_LIMITS - 1] / 1000);
	else
		buf_printf(out, "&lt; %u ms", ms);
}

/* Up to the last bucket that has one. */
void
put_times(struct buf *out, const char *heading, const struct stats_histogram *h)
{
	static const struct column columns[] = {
	    {"up to", true}, {"times", true}, {"", false}};
	uint64_t all = status_times_count(h), below = 0;

	begin_table(out, heading, columns, 3);
	for (size_t i = 0; i <= STATS_LIMITS && below < all; i++) {
		below += h->counts[i];
		if (i < STATS_LIMITS)
			buf_printf(out, "<tr><td class=\"n\">%u ms</td>",
				   stats_le_ms[i]);
		else
			buf_puts(out, "<tr><td class=\"n\">longer</td>");
		put_cell(out, h->counts[i]);
		buf_printf(out,
			   "<td><meter min=\"0\" max=\"100\" value=\"%.1f\">"
			   "%.1f %%</meter></td></tr>",
			   (double)h->counts[i] * 100 / (double)all,
			   (double)h->counts[i] * 100 / (double)all);
	}
	if (all == 0)
		buf_puts(out, "<tr><td colspan=\"3\">none yet</td></tr>");
	end_table(out);
}
