/* SPDX-License-Identifier: MIT */
/*
 * telling.h - what shared/wire/record.c says of some bytes, as one text:
 *
 *	begin1k params:abc head stdin:xyz body
 *
 * Pieces of one stream that follow each other are joined, so that the text is
 * the same however the bytes are cut. Without Check: the fuzzer uses it too.
 */
#ifndef TESTS_UNIT_TELLING_H
#define TESTS_UNIT_TELLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/wire/record.h"

struct telling {
	struct record_reader reader;
	struct buf text;
	struct buf rest; /* what the reader left for the next time */
	enum record_event last;
	bool finish; /* the request is over when its body is whole */
};

void telling_init(struct telling *t, bool finish);
void telling_free(struct telling *t);

/* Gives the reader more bytes, in memory of just their size. After `bad` no
 * more are read. Stops the program when the reader breaks its promises. */
void telling_feed(struct telling *t, const void *bytes, size_t len);

/* Appends a record with `padding` bytes after its content. */
void add(struct buf *in, uint8_t type, uint16_t id, const void *content,
	 size_t len, uint8_t padding);
void add_text(struct buf *in, uint8_t type, uint16_t id, const char *content);
void add_begin(struct buf *in, uint16_t id, uint8_t role, uint8_t flags);

#endif
