/* SPDX-License-Identifier: MIT */
/*
 * talker.h - a client of the stage that talks back: a WebSocket, over HTTP/1.1
 * as mod_proxy makes one. What it gets is the text of a client (stage.h): the
 * head of the answer, then a line for each frame:
 *
 *	{"cursor":"…"}		a text, as it is
 *	PING  PONG abc		it answers pings, unless told not to
 *	CLOSE 1001 Reconnect.
 *
 * A text in two fragments is one line; one that is compressed is not
 * understood.
 */
#ifndef TESTS_UNIT_TALKER_H
#define TESTS_UNIT_TALKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/stage.h"

/* `lines` are more lines of its request, each with CRLF. Neither waits. */
struct client *talker_new(const char *query, const char *lines);

/* The same, and it is live: it was told where it starts. */
struct client *talker_live(const char *query);

/* It sends a text, or any frame (ws_frame.h), masked, now. */
void talker_say(struct client *c, const char *text);
void talker_send(struct client *c, unsigned int first, const char *payload,
		 size_t len);

/* Pings are not answered any more. */
void talker_be_silent(struct client *c);

/* The data of all messages it got, joined by spaces. Valid until the next. */
const char *talker_data(const struct client *c);

#endif
