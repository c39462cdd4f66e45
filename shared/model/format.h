/* SPDX-License-Identifier: MIT */
/*
 * format.h - what of a request changes the bytes of its messages.
 *
 * Subscribers of equal formats share bytes, so two formats are compared as
 *memory: start from all zero. What is not in here cannot make a difference.
 *Each technique says which of these parameters it takes; others it ignores.
 *
 *	envelope=json		the JSON of a message instead of its data
 *	callback=NAME		the function a script calls: [A-Za-z_$], then up
 *to 63 of [A-Za-z0-9_$.] padding=BYTES		sent before the first message,
 *at most 8192 last=N			the newest N messages, at most 1000
 *	origin=ORIGIN		of the page the iframe tells, if access.origins
 *				lists it
 */
#ifndef SHARED_MODEL_FORMAT_H
#define SHARED_MODEL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"

enum {
	FORMAT_CALLBACK_MAX = 64,
	FORMAT_ORIGIN_MAX = 255,
	FORMAT_PADDING_MAX = 8192,
	FORMAT_LAST_MAX = 1000
};

struct format {
	unsigned int retry_ms; /* setting sse.retry */
	unsigned int max_age;  /* setting poll.max_age, s */
	unsigned int limit;    /* messages in one answer, 1- */
	unsigned int padding;  /* bytes */
	unsigned int last;     /* messages */
	bool envelope;	       /* envelope=json */
	bool many;	       /* several channels: an id is not yet a cursor */
	bool raw;	       /* WebSocket: the data alone */
	unsigned int deflate;  /* WebSocket: messages of so many bytes are
				* compressed; 0: none */
	char callback[FORMAT_CALLBACK_MAX + 1];
	char origin[FORMAT_ORIGIN_MAX + 1];
};

/* Parameters a technique may take. */
enum format_parameter {
	FORMAT_ENVELOPE = 1,
	FORMAT_CALLBACK = 2,
	FORMAT_PADDING = 4,
	FORMAT_LAST = 8,
	FORMAT_ORIGIN = 16
};

/* Is `name` a function that a script may call? */
bool format_is_callback(const char *name, size_t len) MUST_USE;

#endif
