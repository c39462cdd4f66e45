/* SPDX-License-Identifier: MIT */
/*
 * ws_input.h - what a WebSocket client sends: a pull parser from bytes to
 * whole texts, pings, pongs and closes.
 *
 * wslay finds frames and unmasks them; this module joins fragments, inflates,
 * and checks the rules of RFC 6455. It answers nothing: the caller sends the
 * pong or the close.
 *
 * An idle client, which has sent nothing incomplete, costs no memory: the
 * parser's state (4 KB, most of it wslay's) exists only while a frame or a
 * fragmented message is incomplete. A message takes memory for the bytes that
 * have arrived, whatever length its frames announce.
 *
 *	struct ws_input in = {
 *		.max_text = 1000, .frames_left = 100, .bytes_left = 5000};
 *	struct ws_item item;
 *
 *	switch (ws_input_next(&in, &at, end, &item)) { ... }
 *
 * Source: RFC 6455 sections 5 to 8, RFC 7692 sections 6 and 7.2; wslay 1.1.1,
 *         wslay_frame_recv()
 */
#ifndef SHARED_WIRE_WS_INPUT_H
#define SHARED_WIRE_WS_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/wire/ws_frame.h"

/* An incomplete frame or message. */
struct ws_partial;

/* One per client. The caller sets the first four before a read. */
struct ws_input {
	/* Bytes of a text, before and after inflating; the same for the whole
	 * life of the client, as is `deflate`. */
	size_t max_text;
	bool deflate; /* permessage-deflate was negotiated */
	/* How many frames may still begin, control frames included; counted
	 * down. At 0 the next frame is WS_INPUT_BAD, with WS_CLOSE_POLICY. */
	unsigned int frames_left;
	/* How many bytes of texts may still come: as they arrive, then as many
	 * as a text becomes longer by inflating, which stops there; counted
	 * down. With none left for the next ones it is WS_INPUT_BAD, with
	 * WS_CLOSE_POLICY. */
	size_t bytes_left;
	/* NULL: nothing is incomplete. Free with ws_partial_free(). */
	struct ws_partial *partial;
};

enum ws_input_event {
	WS_INPUT_MORE,	/* all bytes are used: call again with the next ones */
	WS_INPUT_TEXT,	/* `payload`: valid UTF-8, with a NUL behind it */
	WS_INPUT_PING,	/* answer with a pong of the same `payload` */
	WS_INPUT_PONG,	/* `payload` */
	WS_INPUT_CLOSE, /* the client closes: `code`, and its reason in
			 * `payload`; echo the code, end the connection */
	WS_INPUT_BAD	/* a rule was broken: close with `code` and `reason`,
			 * end the connection */
};

struct ws_item {
	struct text payload; /* valid until the next call */
	uint16_t code;	     /* an enum ws_close, or the client's own */
	const char *reason;  /* WS_INPUT_BAD: the broken rule. Static */
};

/*
 * Reads from `*at` up to `end`, moves `*at` past what it used, and returns the
 * next item. Call it until WS_INPUT_MORE, WS_INPUT_CLOSE or WS_INPUT_BAD; the
 * last two are returned again by every later call.
 * A header that breaks a rule is reported with the first byte of its payload.
 */
enum ws_input_event ws_input_next(struct ws_input *in, const uint8_t **at,
				  const uint8_t *end,
				  struct ws_item *item) MUST_USE;

void ws_partial_free(struct ws_partial *partial); /* NULL is fine */

/* Frees the one kept for reuse, at exit. */
void ws_partial_free_spare(void);

#endif
