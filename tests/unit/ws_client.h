/* SPDX-License-Identifier: MIT */
/*
 * ws_client.h - a client of the stage that is a WebSocket, over HTTP/1.1 as
 * mod_proxy makes one. What it gets is the text of a client (stage.h): the head
 * of the response, then a line for each frame:
 *
 *	{"cursor":"…"}		a text, as it is
 *	PING  PONG abc		it answers pings until ws_client_stop_pongs()
 *	CLOSE 1001 Reconnect.
 *
 * A text in two fragments is one line; compressed texts are not
 * supported.
 */
#ifndef TESTS_UNIT_WS_CLIENT_H
#define TESTS_UNIT_WS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/stage.h"

/* `lines` are more lines of its request, each with CRLF. Neither waits. */
struct client *ws_client_new(const char *query, const char *lines);

/* The same; waits until it has got its starting cursor. */
struct client *ws_client_live(const char *query);

/* It sends a text, or any frame (ws_frame.h), masked, now. */
void ws_client_text(struct client *c, const char *text);
void ws_client_frame(struct client *c, unsigned int first, const char *payload,
		     size_t len);

/* Sends {"VERB":["CHANNEL"]}; waits until it has got `count` cursors. */
void ws_client_change(struct client *c, const char *verb, const char *channel);
void ws_client_wait_cursors(struct client *c, size_t count);

/* From now on it answers no pings. */
void ws_client_stop_pongs(struct client *c);

/* The data of all messages it got, joined by spaces. Valid until the next. */
const char *ws_client_data(const struct client *c);

#endif
