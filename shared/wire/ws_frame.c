/* SPDX-License-Identifier: MIT */
/*
 * ws_frame.c - frame headers of two to ten bytes, and close payloads.
 */
#include "config.h"

#include "shared/wire/ws_frame.h"

#include <string.h>

enum {
	LENGTH_MAX = 125, /* in the second byte itself */
	LENGTH_16 = 126,  /* two bytes of length follow */
	LENGTH_64 = 127	  /* eight do */
};

/* In network byte order. */
static void
put_number(struct buf *out, uint64_t number, unsigned int bytes)
{
	while (bytes > 0)
		buf_putc(out, (char)(number >> 8 * --bytes & 0xFF));
}

void
ws_put_head(struct buf *out, unsigned int first, size_t len)
{
	put_number(out, first, 1);
	if (len <= LENGTH_MAX) {
		put_number(out, len, 1);
	} else if (len <= UINT16_MAX) {
		put_number(out, LENGTH_16, 1);
		put_number(out, len, 2);
	} else {
		put_number(out, LENGTH_64, 1);
		put_number(out, len, 8);
	}
}

void
ws_put_frame(struct buf *out, unsigned int first, const void *payload,
	     size_t len)
{
	ws_put_head(out, first, len);
	buf_put(out, payload, len);
}

/* The bytes of a reason that fit, in whole characters. */
static size_t
fit(const char *reason)
{
	size_t len = strlen(reason);

	if (len <= WS_CLOSE_REASON_MAX)
		return len;
	len = WS_CLOSE_REASON_MAX;
	while (len > 0 && ((unsigned char)reason[len] & 0xC0) == 0x80)
		len--;
	return len;
}

void
ws_put_close(struct buf *out, uint16_t code, const char *reason)
{
	char payload[2 + WS_CLOSE_REASON_MAX];
	size_t len = 0;

	if (code != WS_CLOSE_NONE) {
		payload[0] = (char)(code >> 8);
		payload[1] = (char)(code & 0xFF);
		len = fit(reason);
		memcpy(payload + 2, reason, len);
		len += 2;
	}
	ws_put_frame(out, WS_FIN | WS_CLOSE, payload, len);
}
