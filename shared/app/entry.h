/* SPDX-License-Identifier: MIT */
/*
 * entry.h - what this process tells the others of itself, as JSON.
 *
 * The names of counters, reasons, ways and what is taken are those of
 * stats_table.h. Who reads an entry expects that members are missing, and that
 * there are others: other versions may have written it. Numbers are integers
 * but for sum_ms.
 *
 *	"v"		1
 *	"id"		16 hex digits, random: pids of containers are alike
 *	"host"		name of the machine, or of the container
 *	"boot"		of this machine; another may have the same name. "" if
 *			it is not known
 *	"ticks"		when the process began, in ticks since the start of the
 *			machine; 0 if it is not known
 *	"pid"
 *	"program"	name of the technique
 *	"version"	of pushcgi
 *	"started"	s since 1970
 *	"at"		ms since 1970, when it was written, by Redis' clock if
 *			known
 *	"interval"	s until the next one; it is gone after three of these
 *	"ending"	true from SIGTERM on; missing before
 *	"held"		{"total", "max", "ways": {"fastcgi", "http", "cgi"},
 *			"takes": {"nothing", "worker", "descriptors"}}; max 0:
 *			it holds none
 *	"channels"	{"count", "top": [["news", 12], ["a", 9, 31,
 *1760000000000],
 *			...]}: subscribers, the 50 largest, the largest first;
 *			with presence, how many there are in all, and since
 *			when, ms since 1970 by Redis' clock (model/presence.h)
 *	"counters"	{"messages_out": 12, ...}, each
 *	"refused"	{"hold.max": 3, "403": 1, ...}, those that are not 0
 *	"cut"		{"backlog": 1, ...}, those that are not 0
 *	"delivery"	{"le_ms": [1, 2, ...], "counts": [0, 3, ..., 0],
 *			"sum_ms": 1.5}: counts are not cumulative, and one more
 *			than le_ms, for what is above all
 *	"loop_lag"	the same
 *	"queue"		{"bytes", "max"}: all queues; hold.max_memory
 *	"memory"	{"rss", "private"}, bytes; missing if not known
 *	"redis"		{"up", "subscription", "proved", "audit", "fault",
 *			"server"}: "proved" is when a token of this process was
 *			last back (probe.h), ms since 1970 as "at"; 0: none yet.
 *			It is sent every "audit" s. These two and "subscription"
 *			are missing in a program that does not subscribe.
 *			"fault" is "" while it is up
 *	"limits"	{"hold.max": [used, most], ...}: hold.max, descriptors,
 *			hold.max_memory; of the whole host hold.budget and
 *			hold.budget_lighttpd; and limit.address_held,
 *			limit.user_held, limit.connection_held,
 *			limit.address_connects: what that client had that had
 *			most, of those that connected since the last entry. One
 *			that is off is missing
 */
#ifndef SHARED_APP_ENTRY_H
#define SHARED_APP_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/app/dispatch.h"
#include "shared/base/attributes.h"
#include "shared/base/proc.h"
#include "shared/bus/entries.h"
#include "shared/net/conn.h"

enum { ENTRY_VERSION = 1, ENTRY_TOP = 50, ENTRY_LIVES = 3 };

/* This process. All is borrowed. */
struct entry {
	struct dispatch *dispatch; /* open */
	const struct conns *conns;
	const struct bus *bus; /* that writes it */
	uint64_t started;      /* s since 1970 */
	bool is_ending;
	uint64_t ticks; /* proc_start() */
	char boot[PROC_BOOT_SIZE];
	char id[ENTRY_ID_SIZE];
};

/* The JSON, to be freed with free(). What limits_report() says begins anew.
 * NULL: there is no memory for it. */
char *entry_json(const struct entry *e) MUST_USE;

#endif
