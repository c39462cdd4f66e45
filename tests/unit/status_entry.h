/* SPDX-License-Identifier: MIT */
/*
 * status_entry.h - entries of processes as they stand in Redis, and the status
 * that is made of them.
 */
#ifndef TESTS_UNIT_STATUS_ENTRY_H
#define TESTS_UNIT_STATUS_ENTRY_H

#include <stdint.h>

#include "shared/base/text.h"
#include "shared/status/status.h"

#define NOW_MS (UINT64_C(1800000000) * 1000)

/* The entry of a process that is well, with `more` as further members, such as
 * ",\"channels\":{…}" or "". Valid until the next. */
struct text entry_of(const char *host, const char *program, unsigned int pid,
		     const char *more);

/* Begins the one status of the test, as seen from web1. */
void entries_begin(void);
void entries_begin_at(uint64_t now_ms);
void entries_add(const char *host, const char *program, unsigned int pid,
		 const char *more);

/* As it is now. */
struct status *entries_status(void);

/* Sums it up. */
const struct status *entries_end(void);

#endif
