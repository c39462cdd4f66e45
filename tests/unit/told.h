/* SPDX-License-Identifier: MIT */
/*
 * told.h - what bytes mean to shared/wire/record.c, however they are cut.
 */
#ifndef TESTS_UNIT_TOLD_H
#define TESTS_UNIT_TOLD_H

#include "tests/unit/telling.h"

/*
 * The bytes of `in` mean `want`: in one piece, cut in two at every byte, in
 * three if there are few, and byte by byte. Empties `in`.
 */
void assert_told(struct buf *in, const char *want);

/* The same, with record_finish() after each whole body. */
void assert_told_finishing(struct buf *in, const char *want);

#endif
