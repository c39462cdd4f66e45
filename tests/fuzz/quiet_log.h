/* SPDX-License-Identifier: MIT */
/*
 * quiet_log.h - the log of a fuzz target: lines of every level are made and
 * checked, none is written.
 *
 * A program linked with quiet_log.c gets these log_*() instead of those of
 * shared/base/log.c.
 */
#ifndef TESTS_FUZZ_QUIET_LOG_H
#define TESTS_FUZZ_QUIET_LOG_H

#include <stddef.h>

/* How many lines there were since the last call with an event that says that
 * connections were cut: backlog, memory, timeout, disconnect. */
size_t quiet_log_cuts(void);

#endif
