/* SPDX-License-Identifier: MIT */
/*
 * name.h - the name of a file of a spool.
 *
 *	01764300000000000000-0d2e4f60a1b-0.msg
 *	01764300000000000001-0d2e4f60a1b-1764300123456.msg
 *
 * The first number gives the order of messages. The second is the hash of the
 * channel that cursors use (cursor_tag()), in hex. The third is the time (ms
 * since 1970) of the first attempt to send it; 0: Redis was never asked to
 * store it.
 */
#ifndef SHARED_SPOOL_NAME_H
#define SHARED_SPOOL_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/attributes.h"

enum { SPOOL_NAME_SIZE = 80 };

struct spool_entry {
	uint64_t number;
	uint64_t tag;
	uint64_t tried_ms;
};

/* Writes the name with a NUL. */
void spool_name(char out[SPOOL_NAME_SIZE], const struct spool_entry *e);

/* False: it is not exactly such a name. */
bool spool_name_parse(struct spool_entry *e, const char *name) MUST_USE;

#endif
