/* SPDX-License-Identifier: MIT */
/*
 * ws_frame.h - WebSocket frames as a server sends them.
 *
 * A frame is made once and sent to many, so a message whose end differs from
 * subscriber to subscriber is two fragments: the shared one, and a short one of
 * each subscriber's own.
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

/* Bits of a frame's first byte, beside its opcode. */
enum {
	WS_FIN = 0x80, /* the last frame of its message */
	WS_RSV1 = 0x40 /* the message is compressed; on its first frame */
};

/* Why a connection is closed. */
enum ws_close {
	WS_CLOSE_NORMAL = 1000,
	WS_CLOSE_GOING_AWAY = 1001,	/* the process ends */
	WS_CLOSE_PROTOCOL = 1002,	/* RFC 6455 was broken */
	WS_CLOSE_UNSUPPORTED = 1003,	/* binary */
	WS_CLOSE_NONE = 1005,		/* a close frame without a code */
	WS_CLOSE_NOT_TEXT = 1007,	/* not UTF-8, or not inflatable */
	WS_CLOSE_POLICY = 1008,		/* too many frames */
	WS_CLOSE_TOO_BIG = 1009,	/* a message above the limit */
	WS_CLOSE_ERROR = 1011,		/* our fault: no memory */
	WS_CLOSE_TRY_AGAIN_LATER = 1013 /* IANA: hold.max, Redis away */
};

enum { WS_CLOSE_REASON_MAX = 123 }; /* bytes */

/* Writes what stands before a payload of `len` bytes. */
void ws_put_head(struct buf *out, unsigned int first, size_t len);

/* Writes a frame, unmasked: `first` is an opcode and bits. */
void ws_put_frame(struct buf *out, unsigned int first, const void *payload,
		  size_t len);

/* Writes a close frame: `code` is an enum ws_close, or a client's own that is
 * sent back. A reason (UTF-8) that is too long is cut between characters. */
void ws_put_close(struct buf *out, uint16_t code, const char *reason);

#endif
