/* SPDX-License-Identifier: MIT */
/*
 * xalloc.h - allocation that cannot fail.
 *
 * Every size that a client can influence has a limit. Within the limits, an
 * allocation that fails ends the process with one line in the log, as in Redis
 * and lighttpd; the web server or systemd starts another, and subscribers
 * reconnect with their cursors. Callers do not check for NULL.
 *
 * Free with free().
 */
#ifndef SHARED_BASE_XALLOC_H
#define SHARED_BASE_XALLOC_H

#include <stddef.h>

#include "shared/base/attributes.h"

void *xmalloc(size_t size) MUST_USE RETURNS_NONNULL;

/* Zeroed. */
void *xcalloc(size_t count, size_t size) MUST_USE RETURNS_NONNULL;

/* `at` may be NULL; `count * size` must be above 0 and may not overflow. */
void *xreallocarray(void *at, size_t count,
		    size_t size) MUST_USE RETURNS_NONNULL;

char *xstrdup(const char *text) MUST_USE RETURNS_NONNULL;

/* For a library that reports that it is out of memory: logs one line and ends
 * the process with status 1. */
NORETURN void xalloc_failed(void);

#endif
