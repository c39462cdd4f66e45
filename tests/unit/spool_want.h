/* SPDX-License-Identifier: MIT */
/*
 * spool_want.h - the folder of a spool of a test, removed when the process of
 * the test ends.
 */
#ifndef TESTS_UNIT_SPOOL_WANT_H
#define TESTS_UNIT_SPOOL_WANT_H

#include <stddef.h>

struct spool_folder;

/* Makes a temporary directory; returns the path of a folder in it, which does
 * not exist yet. */
const char *spool_path(void);

/* The names in the folder, or in one below it, without locks, sorted, joined by
 * spaces; each number is replaced by its rank: "0-3baa0033770-0.msg". Valid
 * until the next. */
const char *spool_names(const char *below);

/* How many messages are in it. */
size_t spool_count(void);

/* Adds a message with a key of its own. */
void spool_add(struct spool_folder *f, const char *channel, const char *data);

/* Cuts the last byte off the only message. */
void spool_tear(void);

#endif
