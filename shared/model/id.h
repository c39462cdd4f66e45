/* SPDX-License-Identifier: MIT */
/*
 * id.h - the id of a message: the id of its Redis stream entry, `<ms>-<seq>`.
 *
 * Within a channel ids rise and are never used twice. 0-0 is before all.
 *
 * Source: https://redis.io/docs/latest/develop/data-types/streams/#entry-ids
 */
#ifndef SHARED_MODEL_ID_H
#define SHARED_MODEL_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"

struct id {
	uint64_t ms; /* milliseconds since 1970, Redis' clock */
	uint64_t seq;
};

/* Room for the longest id and its NUL. */
enum { ID_TEXT_SIZE = 42 };

/* < 0, 0, > 0 as a is before, equal to, after b. */
int id_compare(struct id a, struct id b);

/*
 * Reads `<ms>-<seq>`, both in plain decimal without leading zeros, each
 * fitting 64 bits, nothing before or after. False: not an id, `*out` untouched.
 */
bool id_parse(struct id *out, const char *text, size_t len) MUST_USE;

/* Writes the id and a NUL; returns its length without the NUL. */
size_t id_format(char text[ID_TEXT_SIZE], struct id id);

#endif
