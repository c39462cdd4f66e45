/* SPDX-License-Identifier: MIT */
/*
 * buf.h - bytes that grow while they are written.
 *
 * Errors stick: when memory runs out or `max` would be passed, the buffer
 * turns bad, later writes do nothing, and buf_ok() says so once at the end.
 */
#ifndef SHARED_BASE_BUF_H
#define SHARED_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"

struct buf {
	char *bytes; /* NULL while nothing was written; not NUL-terminated */
	size_t len;
	size_t room; /* allocated bytes */
	size_t max;  /* more than this turns it bad */
	bool bad;
};

/* In place; allocates nothing. Free with buf_free(). */
void buf_init(struct buf *b, size_t max);

/* Frees the bytes; the buffer may be written again as after buf_init(). */
void buf_free(struct buf *b);

/* Empty and good again; keeps its memory. */
void buf_clear(struct buf *b);

void buf_put(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
void buf_put_u64(struct buf *b, uint64_t n); /* decimal */
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* `len` uninitialised bytes at the end, to be filled by the caller now;
 * NULL when the buffer is or turns bad. Valid until the next call. */
char *buf_extend(struct buf *b, size_t len) MUST_USE;

/* Room for the longest decimal. */
enum { BUF_DECIMAL_MAX = 20 };

/* Writes `n` in decimal, without a NUL; returns its length. */
size_t buf_decimal(char text[BUF_DECIMAL_MAX], uint64_t n);

/* Forgets the first `len` bytes (len <= b->len). */
void buf_consume(struct buf *b, size_t len);

/* False when a write since buf_init() or buf_clear() did not fit. */
bool buf_ok(const struct buf *b) MUST_USE;

#endif
