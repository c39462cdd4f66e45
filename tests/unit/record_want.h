/* SPDX-License-Identifier: MIT */
/*
 * record_want.h - the wanted events of shared/wire/record.c for some bytes.
 */
#ifndef TESTS_UNIT_RECORD_WANT_H
#define TESTS_UNIT_RECORD_WANT_H

#include "tests/unit/record_text.h"

/*
 * Fails unless the events of `in` are `want` (record_text.h): in one piece,
 * split in two at every byte, in three if there are few, and byte by byte.
 * Empties `in`.
 */
void assert_records(struct buf *in, const char *want);

/* The same, with record_finish() after each complete body. */
void assert_records_finishing(struct buf *in, const char *want);

#endif
