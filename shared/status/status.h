/* SPDX-License-Identifier: MIT */
/*
 * status.h - what all processes say of themselves, and what is wrong.
 *
 *	status_begin(&status, "web1", now_ms, late_ms)
 *	status_add(&status, json)	for each entry in Redis
 *	status_finish(&status)		sums, the top channels, what is wrong
 *	status_free(&status)
 */
#ifndef SHARED_STATUS_STATUS_H
#define SHARED_STATUS_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/status/numbers.h"
#include "shared/status/process.h"

enum {
	STATUS_PROCESSES_MAX = 1024, /* of which details are kept */
	STATUS_TROUBLES_MAX = 20
};

/* The processes of one host, or those of one program on it. */
struct status_group {
	const char *host, *program; /* of a process; program may be NULL */
	struct status_numbers n;
	size_t troubled; /* processes with which something is wrong */
};

/* Something that is wrong with a process. */
struct status_trouble {
	const struct status_process *process;
	bool is_here; /* on this host */
	char sentence[4 * STATUS_SENTENCE_SIZE];
};

struct status {
	/* What the caller knows, "" or set. */
	char host[STATUS_NAME_SIZE]; /* this one */
	char boot[STATUS_NAME_SIZE]; /* of it, as proc_boot() */
	uint64_t now;		     /* ms since 1970 */
	uint64_t late; /* ms that a process may be late to prove its
			* subscription */
	/* Set by the caller, sentences or "": why the entries could not be
	 * read, and why a message did not come back. */
	char fault[STATUS_SENTENCE_SIZE], canary[STATUS_SENTENCE_SIZE];

	struct status_process *processes; /* sorted by host, program, pid */
	size_t count, room;
	size_t left_out;   /* above STATUS_PROCESSES_MAX: in no sum */
	size_t unreadable; /* entries that are none */
	struct status_channels channels; /* most subscribers first */

	/* after status_finish() */
	struct status_numbers all;
	struct status_group *hosts, *programs; /* sorted as the processes */
	size_t host_count, program_count;
	struct status_trouble troubles[STATUS_TROUBLES_MAX]; /* here first */
	size_t trouble_count;				     /* that are kept */
	size_t troubled;      /* processes, all */
	size_t troubled_here; /* those of this host */
};

/* `host` is cut to fit. */
void status_begin(struct status *s, const char *host, uint64_t now,
		  uint64_t late);
void status_add(struct status *s, struct text json);
/* Is it of this host? Another machine may have the same name, so what names the
 * start of the machine counts, too, if both are known. */
bool status_is_here(const struct status *s,
		    const struct status_process *p) MUST_USE;

/* Adds a process as it was said before. False: there are too many. */
bool status_keep(struct status *s, const struct status_process *p);
void status_finish(struct status *s);
void status_free(struct status *s);

/* True: there is no fault, and nothing is wrong with any process. */
bool status_is_well(const struct status *s) MUST_USE;

/* The same of this host alone, and the message has come back. */
bool status_is_healthy(const struct status *s) MUST_USE;

#endif
