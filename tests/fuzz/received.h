/* SPDX-License-Identifier: MIT */
/*
 * received.h - what a responder sent on one connection, checked as it comes:
 * FastCGI records, or HTTP/1.1 without them; in these the head of a response;
 * in its body the JSON, the events, scripts or frames of a technique; and in
 * these each message, which is the one that the fake bus has.
 *
 * Aborts when the bytes break a rule, or when a message is missing, doubled or
 * out of order and no gap says so.
 */
#ifndef TESTS_FUZZ_RECEIVED_H
#define TESTS_FUZZ_RECEIVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "shared/model/id.h"
#include "shared/wire/record.h"

enum {
	RECEIVED_CURSOR_MAX = 256,
	RECEIVED_NAME_MAX = 7,
	RECEIVED_CHANNELS = 8
};

enum received_body {
	BODY_PLAIN,
	BODY_JSON,
	BODY_JSONP,
	BODY_LINES, /* of JSON */
	BODY_IFRAME,
	BODY_SSE,
	BODY_WEBSOCKET
};

/* Of one of several channels. */
struct received_channel {
	char name[RECEIVED_NAME_MAX + 1]; /* "": not in use */
	bool is_known;			  /* it is that of the last message */
	struct id position;
};

enum received_event { EVENT_MESSAGE, EVENT_CURSOR, EVENT_GAP };

struct received {
	/* Set by the caller. */
	bool fastcgi;
	bool to_head;	     /* a request was HEAD: there may be no body */
	bool one_channel;    /* a stream of it: its position is an id */
	bool position_known; /* the position to begin with, or that of the
			      * last message */
	struct id position;
	bool sloppy; /* the client broke a rule: a response may be cut */

	/* Read-only. */
	size_t responses; /* whole ones */
	bool is_open;	  /* one has begun and not ended */
	unsigned int status;
	char cursor[RECEIVED_CURSOR_MAX + 1]; /* the last one; or "" */

	/* Of a stream of several channels. */
	struct received_channel channels[RECEIVED_CHANNELS];

	/* The record that is being read. */
	uint8_t header[RECORD_HEADER_SIZE];
	size_t header_len, content, padding;
	bool stdout_ended;
	uint8_t end[RECORD_END_SIZE - RECORD_HEADER_SIZE];
	size_t end_len;

	/* The response. */
	bool in_body;
	enum received_body kind;
	struct buf text; /* the head; a body of JSON; a line; frames */
	size_t length;	 /* Content-Length, or SIZE_MAX */
	size_t body_len;

	/* Of SSE. */
	bool has_event, has_id, has_data; /* lines of this event */
	enum received_event event;
	struct buf type, data;

	/* Of a WebSocket. */
	bool deflate, raw, closed;
	bool in_message, is_deflated; /* of the message of several frames */
	struct buf message;
};

void received_init(struct received *r);
void received_free(struct received *r);

void received_take(struct received *r, const uint8_t *bytes, size_t len);

/* The client changes its subscription to that channel; NULL: to any. */
void received_forget(struct received *r, const char *channel);

/* The connection was closed. True: nothing was cut, neither a record nor a
 * response that is not a stream. */
bool received_is_whole(const struct received *r);

#endif
