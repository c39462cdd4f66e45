/* SPDX-License-Identifier: MIT */
/*
 * buf.h - a growing byte buffer with a limit.
 *
 * The error is sticky: a write beyond `max` makes the buffer bad, and later
 * writes do nothing. Check buf_ok() once, after the last write.
 */
#ifndef SHARED_BASE_BUF_H
#define SHARED_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"

struct buf {
	char *bytes; /* NULL before the first write; no NUL at the end */
	size_t len;
	size_t room; /* allocated bytes */
	size_t max;  /* limit of `len` */
	bool bad;
};

/* Allocates nothing. Free with buf_free(). */
void buf_init(struct buf *b, size_t max);

/* Frees the bytes. The buffer can be used as after buf_init(). */
void buf_free(struct buf *b);

/* Makes the buffer empty and good, and keeps its memory. */
void buf_clear(struct buf *b);

void buf_put(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
void buf_put_u64(struct buf *b, uint64_t n); /* decimal */
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* Appends `len` uninitialised bytes for the caller to fill. NULL: the buffer is
 * bad. Valid until the next call. */
char *buf_extend(struct buf *b, size_t len) MUST_USE;

/* Length of the largest number. */
enum { BUF_DECIMAL_MAX = 20 };

/* Writes `n` in decimal, without a NUL; returns its length. */
size_t buf_decimal(char text[BUF_DECIMAL_MAX], uint64_t n);

/* The same, as a string. */
void buf_decimal_string(char text[BUF_DECIMAL_MAX + 1], uint64_t n);

/* Removes the first `len` bytes (len <= b->len). */
void buf_consume(struct buf *b, size_t len);

/* False: a write since buf_init() or buf_clear() exceeded `max`. */
bool buf_ok(const struct buf *b) MUST_USE;

#endif
