/* SPDX-License-Identifier: MIT */
/*
 * id.h - the id of a message: the id of its Redis stream entry, `<ms>-<seq>`.
 *
 * Within a channel ids increase and are never reused. 0-0 is before all of
 * them.
 *
 * Source: https://redis.io/docs/latest/develop/data-types/streams/#entry-ids
 */
#ifndef SHARED_MODEL_ID_H
#define SHARED_MODEL_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

struct buf;

struct id {
	uint64_t ms; /* milliseconds since 1970, by Redis' clock */
	uint64_t seq;
};

/* Room for the longest id and its NUL. */
enum { ID_TEXT_SIZE = 42 };

/* < 0, 0 or > 0: a is before, equal to or after b. */
int id_compare(struct id a, struct id b);

/*
 * Parses `<ms>-<seq>`: two decimal numbers without leading zeros, each fitting
 * 64 bits, and nothing else. False: not an id; `*out` is unchanged.
 */
bool id_parse(struct id *out, struct text text) MUST_USE;

/* Writes the id and a NUL; returns its length without the NUL. */
size_t id_format(char text[ID_TEXT_SIZE], struct id id);

/* Appends the id. */
void id_put(struct buf *out, struct id id);

#endif
