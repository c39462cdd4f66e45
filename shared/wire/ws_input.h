/* SPDX-License-Identifier: MIT */
/*
 * ws_input.h - what a WebSocket client sends: frames in, texts out.
 *
 * wslay finds the frames and unmasks them; here messages are made of them, and
 * pings and closes answered. A client that has nothing under way, as nearly all
 * have nearly always, costs nothing: wslay's context is 4 KB, so it is kept
 * only while a frame or a fragmented message is incomplete. Of a message there
 * is memory for what has come, whatever length was promised.
 *
 * Every rule of RFC 6455 that is broken ends the connection with the code the
 * RFC names, written to `out`. A rule that the head of a frame breaks is seen
 * with the first byte of its payload.
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
#include "shared/base/buf.h"
#include "shared/wire/ws_frame.h"

/* What one client has under way. */
struct ws_input;

/* How a client is read. */
struct ws_reading {
	/* Always the same for one client. */
	size_t max_message; /* bytes of a text, before and after inflating */
	bool deflate;	    /* permessage-deflate was agreed on */
	/* Pongs and a close are written here: in all no more bytes than were
	 * read, and a close frame. When it turns bad, that is the end too. */
	struct buf *out;
	/* A frame begins. False: there are too many: WS_CLOSE_POLICY.
	 * Like text(), it does not free the client's input. */
	bool (*frame)(void *arg);
	/* A whole text: UTF-8, a NUL at text[len]. Returns why it is not taken,
	 * static: WS_CLOSE_POLICY; or NULL. */
	const char *(*text)(void *arg, const char *text, size_t len);
	void *arg;
};

/* How it ended. */
struct ws_ended {
	uint16_t code;	    /* an enum ws_close, or the client's own */
	const char *reason; /* what the client did, for the log. Static */
	bool closed;	    /* it closed, and broke no rule */
};

/*
 * Reads `bytes`. `*input` is NULL at first, and again whenever nothing is
 * under way.
 * False: the client closed or broke a rule: `*ended` says which; send `out`
 * (unless a close was sent before), end the connection, free `*input`.
 */
bool ws_input_read(struct ws_input **input, const struct ws_reading *reading,
		   const uint8_t *bytes, size_t len,
		   struct ws_ended *ended) MUST_USE;

void ws_input_free(struct ws_input *input); /* NULL is fine */

/* Frees what is kept for the next one, when the process ends. */
void ws_input_free_spare(void);

#endif
