/* SPDX-License-Identifier: MIT */
/*
 * ws_want.h - what bytes mean to shared/wire/ws_input.c, however they are cut.
 */
#ifndef TESTS_UNIT_WS_WANT_H
#define TESTS_UNIT_WS_WANT_H

#include "tests/unit/ws_said.h"

enum { SAID_MAX = 1000 }; /* bytes of a text */

/*
 * The bytes of `in` mean `want`: in one piece, cut in two at every byte, in
 * three if there are few, and byte by byte. Empties `in`.
 */
void assert_said(struct buf *in, const char *want);

/* The same of a client that may compress. */
void assert_said_deflated(struct buf *in, const char *want);

/* What was said until now means `want`. */
void assert_says(const struct ws_said *s, const char *want);

/* Appends a text, compressed. */
void add_deflated(struct buf *in, const char *text);

#endif
