/* SPDX-License-Identifier: MIT */
/*
 * ws_expect.h - assertions about the items that shared/wire/ws_input.c finds,
 * however the bytes are split. `want` is a text of ws_trace.h.
 */
#ifndef TESTS_UNIT_WS_EXPECT_H
#define TESTS_UNIT_WS_EXPECT_H

#include "tests/unit/ws_trace.h"

enum { EXPECT_TEXT_MAX = 1000 }; /* bytes of a text */

/*
 * The bytes of `in` give `want`: in one piece, split in two at every byte, in
 * three if there are few, and byte by byte. Empties `in`.
 */
void expect_items(struct buf *in, const char *want);

/* The same from a client that may compress. */
void expect_items_deflate(struct buf *in, const char *want);

/* What was read until now gives `want`. */
void expect_trace(const struct ws_trace *t, const char *want);

/* Appends a compressed text. */
void add_deflated(struct buf *in, const char *text);

#endif
