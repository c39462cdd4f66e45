/* SPDX-License-Identifier: MIT */
/*
 * kick.h - whom an administrator has disconnected, and keeps out for a while.
 *
 *	user=ann		REMOTE_USER, or the subject of a token
 *	channel=news		subscriptions to this channel
 *	client=tab-7		the parameter `client` of a request
 */
#ifndef SHARED_MODEL_KICK_H
#define SHARED_MODEL_KICK_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/model/rules.h"

enum {
	KICK_SECONDS_DEFAULT = 60, /* that somebody is kept out */
	KICK_SECONDS_MAX = 86400,
	/* Kicks in force at a time. Above it those that end soonest are
	 * dropped. */
	KICKS_MAX = 1000,
	KICK_TEXT_SIZE = sizeof("channel=") + CHANNEL_NAME_MAX
};

enum kick_kind { KICK_USER, KICK_CHANNEL, KICK_CLIENT, KICK_KINDS };

struct kick {
	enum kick_kind kind;
	struct text name; /* borrowed */
};

/* Reads a text as above. Returns NULL, or a sentence that says what is wrong.
 * Static. */
const char *kick_parse(struct kick *out, struct text text) MUST_USE;

/* Writes it so, with a NUL. The name is valid (rules.h). */
struct text kick_text(char out[KICK_TEXT_SIZE], const struct kick *kick);

/*
 * Reads what is announced to all processes: "kick <ms> user=ann", where the
 * number is how long it is in force; 0: not any longer. False: it is something
 * else.
 */
bool kick_parse_announced(struct kick *out, uint64_t *ms,
			  struct text text) MUST_USE;

#endif
