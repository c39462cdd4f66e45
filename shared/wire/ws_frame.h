/* SPDX-License-Identifier: MIT */
/*
 * ws_frame.h - WebSocket frames as a server sends them.
 *
 * A frame is made once and sent to many. A message whose end differs between
 * subscribers is two fragments: a shared one, and a short one per subscriber.
 *
 * Source: RFC 6455 section 5.2 (framing), 5.4 (fragmentation), 5.5.1 and 7.4
 *         (close)
 */
#ifndef SHARED_WIRE_WS_FRAME_H
#define SHARED_WIRE_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"

enum ws_opcode {
	WS_CONTINUATION = 0x0,
	WS_TEXT = 0x1,
	WS_BINARY = 0x2,
	WS_CLOSE = 0x8,
	WS_PING = 0x9,
	WS_PONG = 0xA
};

/* Bits of a frame's first byte, besides its opcode. */
enum {
	WS_FIN = 0x80, /* the last frame of its message */
	WS_RSV1 = 0x40 /* on its first frame: the message is compressed */
};

/* Close codes (RFC 6455, 7.4.1). */
enum ws_close {
	WS_CLOSE_NORMAL = 1000,
	WS_CLOSE_GOING_AWAY = 1001,	 /* the process exits */
	WS_CLOSE_PROTOCOL = 1002,	 /* a rule of RFC 6455 was broken */
	WS_CLOSE_UNSUPPORTED = 1003,	 /* a binary message */
	WS_CLOSE_NONE = 1005,		 /* a close frame without a code */
	WS_CLOSE_NOT_TEXT = 1007,	 /* not UTF-8, or cannot be inflated */
	WS_CLOSE_POLICY = 1008,		 /* too many frames, or too much text */
	WS_CLOSE_TOO_BIG = 1009,	 /* a message above the limit */
	WS_CLOSE_ERROR = 1011,		 /* a fault of the server */
	WS_CLOSE_TRY_AGAIN_LATER = 1013, /* IANA; hold.max, or Redis is down */
	WS_CLOSE_EXPIRED = 4401,	 /* private use: as the status 401 */
	WS_CLOSE_KICKED = 4403		 /* the same of 403 */
};

enum { WS_CLOSE_REASON_MAX = 123 }; /* bytes */

/* Appends the header of an unmasked frame with `len` bytes of payload. `first`:
 * an opcode and bits. */
void ws_put_head(struct buf *out, unsigned int first, size_t len);

/* Appends the whole frame. */
void ws_put_frame(struct buf *out, unsigned int first, const void *payload,
		  size_t len);

/* Appends a close frame. `code`: an enum ws_close, or the client's own, echoed;
 * with WS_CLOSE_NONE the frame is empty. A `reason` (UTF-8) above
 * WS_CLOSE_REASON_MAX bytes is truncated between characters. */
void ws_put_close(struct buf *out, uint16_t code, const char *reason);

#endif
