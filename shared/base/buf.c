/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"

enum { FIRST_ROOM = 256 };

void
buf_init(struct buf *b, size_t max)
{
	/* len + 1 must not overflow in grow() */
	*b = (struct buf){.max = max < SIZE_MAX ? max : SIZE_MAX - 1};
}

void
buf_free(struct buf *b)
{
	free(b->bytes);
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->bad = false;
}

bool
buf_ok(const struct buf *b)
{
	return !b->bad;
}

/* Makes room for `len` bytes, and one more for the NUL of vsnprintf(). */
static void
grow(struct buf *b, size_t len)
{
	size_t need = b->len + len + 1;
	size_t room = b->room == 0 ? FIRST_ROOM : b->room;

	while (room < need)
		room = room > SIZE_MAX / 2 ? need : room * 2;
	b->bytes = xreallocarray(b->bytes, room, 1);
	b->room = room;
}

/* True: `len` bytes can be written. False: the buffer is bad. */
static bool
reserve(struct buf *b, size_t len)
{
	if (len > b->max - b->len)
		b->bad = true;
	if (!b->bad && len >= b->room - b->len)
		grow(b, len);
	return !b->bad;
}

char *
buf_extend(struct buf *b, size_t len)
{
	char *at;

	if (!reserve(b, len))
		return NULL;
	at = b->bytes + b->len;
	b->len += len;
	return at;
}

void
buf_put(struct buf *b, const void *bytes, size_t len)
{
	if (len == 0 || !reserve(b, len))
		return;
	memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
}

void
buf_puts(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

void
buf_putc(struct buf *b, char c)
{
	if (reserve(b, 1))
		b->bytes[b->len++] = c;
}

size_t
buf_decimal(char text[BUF_DECIMAL_MAX], uint64_t n)
{
	char digits[BUF_DECIMAL_MAX];
	char *first = digits + sizeof digits;
	size_t len;

	do
		*--first = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	len = (size_t)(digits + sizeof digits - first);
	memcpy(text, first, len);
	return len;
}

void
buf_decimal_string(char text[BUF_DECIMAL_MAX + 1], uint64_t n)
{
	text[buf_decimal(text, n)] = '\0';
}

void
buf_put_u64(struct buf *b, uint64_t n)
{
	char text[BUF_DECIMAL_MAX];

	buf_put(b, text, buf_decimal(text, n));
}

static int print(struct buf *b, const char *format, va_list args)
    PRINTF_LIKE(2, 0);

/* Prints into the free room. Returns the length of the text, or < 0 for an
 * invalid format. */
static int
print(struct buf *b, const char *format, va_list args)
{
	return vsnprintf(b->bytes + b->len, b->room - b->len, format, args);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	int len;

	if (!reserve(b, 0))
		return;
	va_start(args, format);
	len = print(b, format, args);
	va_end(args);
	if (len < 0) {
		b->bad = true;
		return;
	}
	if ((size_t)len >= b->room - b->len && reserve(b, (size_t)len)) {
		va_start(args, format);
		len = print(b, format, args);
		va_end(args);
	}
	if (reserve(b, (size_t)len))
		b->len += (size_t)len;
}

void
buf_consume(struct buf *b, size_t len)
{
	b->len -= len;
	if (b->len > 0)
		memmove(b->bytes, b->bytes + len, b->len);
}
