/* SPDX-License-Identifier: MIT */
/*
 * formats.h - the formats in use, each stored once.
 *
 * Thousands of fanouts may have one format. Each refers to the same object, so
 * two formats are equal if their pointers are.
 */
#ifndef SHARED_HUB_FORMATS_H
#define SHARED_HUB_FORMATS_H

#include "shared/base/attributes.h"
#include "shared/model/format.h"

/* Zeroed is empty. */
struct formats {
	void *tree; /* tsearch(3), by content */
};

/* The stored format that equals `format`, which is copied if there is none.
 * Valid until formats_release(), once for each call. */
const struct format *
formats_get(struct formats *all,
	    const struct format *format) MUST_USE RETURNS_NONNULL;

/* `format` comes from formats_get(). */
void formats_release(struct formats *all, const struct format *format);

#endif
