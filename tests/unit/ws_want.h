/* SPDX-License-Identifier: MIT */
/*
 * ws_want.h - assertions about the items that shared/wire/ws_input.c finds,
 * however the bytes are split. `want` is a text of ws_text.h.
 */
#ifndef TESTS_UNIT_WS_WANT_H
#define TESTS_UNIT_WS_WANT_H

#include "tests/unit/ws_text.h"

enum { WANT_TEXT_MAX = 1000 }; /* bytes of a text */

/*
 * The bytes of `in` give `want`: in one piece, split in two at every byte, in
 * three if there are few, and byte by byte. Empties `in`.
 */
void assert_items(struct buf *in, const char *want);

/* The same from a client that may compress. */
void assert_items_deflate(struct buf *in, const char *want);

/* What was read until now gives `want`. */
void assert_text_is(const struct ws_text *t, const char *want);

/* Appends a compressed text. */
void add_deflated(struct buf *in, const char *text);

#endif
