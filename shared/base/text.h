/* SPDX-License-Identifier: MIT */
/*
 * text.h - a view of bytes that something else owns.
 */
#ifndef SHARED_BASE_TEXT_H
#define SHARED_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"

/* Borrowed. No NUL at the end unless its owner says so. Zeroed it is empty. */
struct text {
	const char *bytes;
	size_t len;
};

/* A view of a NUL-terminated string. */
struct text text_of(const char *string);

/* _nocase ignores ASCII case. */
bool text_equals(struct text a, struct text b) MUST_USE;
bool text_equals_nocase(struct text a, struct text b) MUST_USE;

/* The same in a time that depends on the lengths only: for secrets. */
bool text_equals_secret(struct text a, struct text b) MUST_USE;

/* The same with a NUL-terminated string. */
bool text_is(struct text a, const char *string) MUST_USE;
bool text_is_nocase(struct text a, const char *string) MUST_USE;

/* For tsearch(3): an order of struct texts, by length and then by bytes. A
 * struct that begins with one can be compared by its address. */
int text_compare(const void *a, const void *b);

/* Copies `a` and a NUL to `*at` and moves it past them; there must be room for
 * a.len + 1 bytes. Returns the copy. */
struct text text_copy(char **at, struct text a);

/* `a` without spaces and tabs at its ends. */
struct text text_trim(struct text a);

/* Cuts `*rest` at the first `c`: `*before` is what precedes it, `*rest` becomes
 * what follows. False: there is none; nothing changes. */
bool text_cut(struct text *rest, char c, struct text *before) MUST_USE;

/* Takes the next word of `*list`, whose words are separated by spaces and tabs:
 * `*list` is moved past it. False: there is none. */
bool text_word(const char **list, struct text *word) MUST_USE;

#endif
