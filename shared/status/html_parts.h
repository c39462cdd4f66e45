/* SPDX-License-Identifier: MIT */
/*
 * html_parts.h - the parts that the status page is made of. For html.c.
 *
 * None writes a line break.
 */
#ifndef SHARED_STATUS_HTML_PARTS_H
#define SHARED_STATUS_HTML_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/stats/stats.h"
#include "shared/stats/stats_table.h"

struct column {
	const char *name;
	bool is_number;
};

/* A section with a heading and a table. */
void begin_table(struct buf *out, const char *heading,
		 const struct column *columns, size_t count);
void end_table(struct buf *out);

/* Any text: it is escaped, and a line break, which would be the end of the data
 * of an event, becomes a space. */
void put_text(struct buf *out, const char *text);

/* Cells. */
void put_name(struct buf *out, const char *name);
void put_cell(struct buf *out, uint64_t n);
void put_bytes(struct buf *out, uint64_t n);

/* A bar. */
void put_meter(struct buf *out, uint64_t used, uint64_t max);

/* "1 host", "1,200 hosts" */
void put_count(struct buf *out, uint64_t n, const char *one, const char *many);

/* "below 5 ms", or "-" if there are no times. */
void put_percentile(struct buf *out, const struct stats_histogram *h,
		    unsigned int percent);

/* A section with the numbers above 0 and what they mean. */
void put_reasons(struct buf *out, const char *heading,
		 const struct stats_row *rows, const uint64_t *n, size_t count);

/* A section with a histogram. */
void put_times(struct buf *out, const char *heading,
	       const struct stats_histogram *h);

#endif
