/* SPDX-License-Identifier: MIT */
/*
 * survey.h - the status of all processes, read from their entries in Redis.
 */
#ifndef SHARED_APP_SURVEY_H
#define SHARED_APP_SURVEY_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/app/silent.h"
#include "shared/base/attributes.h"
#include "shared/bus/bus.h"
#include "shared/bus/call.h"
#include "shared/conf/conf.h"
#include "shared/status/status.h"

enum { SURVEY_FRESH_MS = 1000 };

struct survey {
	/* Set by the caller, borrowed. */
	struct bus *bus;
	const struct conf *conf;
	void (*done)(void *arg); /* the status is another one */
	void *arg;
	/* Read-only. */
	bool reading;	      /* or waits for Redis to do so */
	struct status status; /* zeroed before the first is done */
	/* The rest belongs to survey.c. */
	struct bus_call *call; /* that reads, or NULL */
	bool is_read;	       /* the entries were, at: */
	uint64_t read_at;      /* clock_ms() */
	struct silent silent;
};

/* True: it was read within the last SURVEY_FRESH_MS. */
bool survey_is_fresh(const struct survey *s) MUST_USE;

/* Reads the entries, unless it does so already. done() is called, maybe before
 * this returns: if Redis cannot be asked, status.fault says why. */
void survey_read(struct survey *s);

/* From the handler of the bus. */
void survey_up(struct survey *s);
void survey_down(struct survey *s);

/* Before the bus is closed: done() is not called any more. */
void survey_close(struct survey *s);

#endif
