/* SPDX-License-Identifier: MIT */
/*
 * process.h - reads the entry of a process (app/entry.h) from its JSON.
 *
 * Entries come from Redis, where any program may have written them, of this
 * version or another: what is missing or of another type is 0 or "", what is
 * unknown is ignored, texts are cut to fit. Texts are UTF-8 of any characters,
 * so they are escaped wherever they are shown.
 */
#ifndef SHARED_STATUS_PROCESS_H
#define SHARED_STATUS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/status/numbers.h"

enum {
	STATUS_NAME_SIZE = 64,	     /* bytes of a name and its NUL */
	STATUS_SENTENCE_SIZE = 200,  /* the same of a reason */
	STATUS_LIMITS_MAX = 16,	     /* of a process */
	STATUS_TOP_MAX = 50,	     /* channels of an entry, and of all */
	STATUS_ENTRY_MAX = 64 * 1024 /* bytes */
};

/* A limit, and how much of it is used. */
struct status_limit {
	char name[STATUS_NAME_SIZE]; /* "hold.max" */
	uint64_t used, max;	     /* max: above 0 */
};

struct status_process {
	char id[STATUS_NAME_SIZE];
	char host[STATUS_NAME_SIZE], program[STATUS_NAME_SIZE];
	char version[STATUS_NAME_SIZE];
	char boot[STATUS_NAME_SIZE]; /* of its machine; "": not known */
	uint64_t pid;
	uint64_t ticks;	   /* when it began, as proc_start(); 0: not known */
	uint64_t started;  /* s since 1970 */
	uint64_t at;	   /* ms since 1970: when it wrote this */
	uint64_t interval; /* s until the next; 0: not known */
	bool is_ending;	   /* it was told to end */
	struct status_numbers n;
	struct status_limit limits[STATUS_LIMITS_MAX];
	size_t limit_count;
	/* Redis */
	bool up;	   /* the connection for commands */
	bool subscribes;   /* it has the other one */
	bool subscription; /* that is up */
	uint64_t audit;	   /* s between two proofs that it is */
	uint64_t proved;   /* ms since 1970, as `at`: when a message was
			    * last seen to arrive. 0: never */
	char fault[STATUS_SENTENCE_SIZE]; /* why it was down last, or "" */
	char server[STATUS_NAME_SIZE];
};

struct status_channel {
	char *name; /* owned */
	uint64_t held;
	/* With presence (at not 0): how many subscribers of all processes it
	 * had at that time, long-polls between two requests among them. */
	uint64_t present, at;
};

/* Zeroed: none. */
struct status_channels {
	struct status_channel *at;
	size_t count, room;
};

void status_channels_free(struct status_channels *channels);

/* Appends the channels of the entry to `channels`. False: it is no entry of a
 * process; nothing is appended. */
bool status_process_read(struct status_process *out,
			 struct status_channels *channels,
			 struct text json) MUST_USE;

#endif
