/* SPDX-License-Identifier: MIT */
/*
 * json_prune.h - removes the members of a JSON object that nobody reads.
 *
 * jansson decodes all members, and refuses some valid ones: a number that fits
 * no int64_t or double, a NUL in a name, half of a surrogate pair. What is
 * ignored must not be refused.
 */
#ifndef SHARED_MODEL_JSON_PRUNE_H
#define SHARED_MODEL_JSON_PRUNE_H

#include "shared/base/buf.h"
#include "shared/base/text.h"

/* Members that are read. The last one has no name. */
struct json_member {
	const char *name;		   /* ASCII; no quote, no backslash */
	const struct json_member *members; /* if it is an object; NULL: all */
};

/*
 * Appends `text` with other members replaced by spaces, so that errors are
 * found at the same line and column: a line break is kept, a character of
 * several bytes becomes one space. A member that is read stays, also twice.
 *
 * Fails never: what follows the first error in the grammar is appended as it
 * is, so that jansson reports it. `out` gets at most text.len bytes.
 */
void json_prune(struct buf *out, struct text text,
		const struct json_member *read);

#endif
