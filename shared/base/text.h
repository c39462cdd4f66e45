/* SPDX-License-Identifier: MIT */
/*
 * text.h - a view of bytes that lie elsewhere.
 */
#ifndef SHARED_BASE_TEXT_H
#define SHARED_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"

/* Borrowed; not NUL-terminated unless its owner says so. Zeroed is empty. */
struct text {
	const char *bytes;
	size_t len;
};

/* Of a NUL-terminated string. */
struct text text_of(const char *string);

bool text_equals(struct text a, struct text b) MUST_USE;

/* The same with a NUL-terminated string; _nocase: in either case (ASCII). */
bool text_is(struct text a, const char *string) MUST_USE;
bool text_is_nocase(struct text a, const char *string) MUST_USE;

/* Without the spaces and tabs around it. */
struct text text_trim(struct text a);

/* Cuts `*rest` at the first `c`: `*before` is what precedes it, `*rest` becomes
 * what follows. False: there is none; nothing changes. */
bool text_cut(struct text *rest, char c, struct text *before) MUST_USE;

#endif
