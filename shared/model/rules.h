/* SPDX-License-Identifier: MIT */
/*
 * rules.h - what the parts of a message may contain, and the names of who
 * gets it.
 *
 *	channel	1-255 bytes of UTF-8; no spaces, no control characters,
 *		no { } *
 *	event	0-64 bytes of UTF-8; no control characters; not "gap", not
 *		"cursor", not "end", not "presence"
 *	key	1-128 printable ASCII characters, no spaces
 *	data	UTF-8 without NUL; its length is limited by the setting
 *		message.max_bytes
 *
 * and who a subscriber is:
 *
 *	user	1-255 bytes of UTF-8; no control characters
 *	client	1-64 of A-Z a-z 0-9 _ -
 */
#ifndef SHARED_MODEL_RULES_H
#define SHARED_MODEL_RULES_H

#include "shared/base/attributes.h"
#include "shared/base/text.h"

enum {
	CHANNEL_NAME_MAX = 255, /* bytes */
	EVENT_TYPE_MAX = 64,	/* bytes */
	PUBLISH_KEY_MAX = 128,	/* bytes */
	USER_NAME_MAX = 255,	/* bytes */
	CLIENT_NAME_MAX = 64,	/* bytes */
	CHANNELS_MAX = 32	/* channels of one subscriber */
};

/* Each returns NULL when the text is valid, or else a sentence for its sender
 * that names the rule it breaks. Static. */
const char *channel_fault(struct text name) MUST_USE;
const char *event_fault(struct text event) MUST_USE;
const char *key_fault(struct text key) MUST_USE;
const char *data_fault(struct text data) MUST_USE;
const char *user_fault(struct text name) MUST_USE;
const char *client_fault(struct text name) MUST_USE;

#endif
