/* SPDX-License-Identifier: MIT */
/*
 * record_text.h - the events of shared/wire/record.c for some bytes, as text:
 *
 *	begin1k params:abc head stdin:xyz body
 *
 * Adjacent pieces of one stream are joined, so that the text does not depend on
 * how the bytes are split. It does not use Check: the fuzzer needs it too.
 */
#ifndef TESTS_UNIT_RECORD_TEXT_H
#define TESTS_UNIT_RECORD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/wire/record.h"

struct record_text {
	struct record_reader reader;
	struct buf text;
	struct buf rest; /* bytes the reader did not use yet */
	enum record_event last;
	bool finish; /* record_finish() after each complete body */
};

void record_text_init(struct record_text *t, bool finish);
void record_text_free(struct record_text *t);

/* Gives the reader more bytes, in an allocation of exactly their size. After
 * `bad` it reads no more. Aborts when the reader violates record.h. */
void record_text_feed(struct record_text *t, const void *bytes, size_t len);

/* Appends a record with `padding` bytes after its content. */
void add(struct buf *in, uint8_t type, uint16_t id, const void *content,
	 size_t len, uint8_t padding);
void add_text(struct buf *in, uint8_t type, uint16_t id, const char *content);
void add_begin(struct buf *in, uint16_t id, uint8_t role, uint8_t flags);

#endif
