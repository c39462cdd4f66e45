/* SPDX-License-Identifier: MIT */
/*
 * publish_words.h - the keys and arguments of publish.lua.
 *
 *	publish_words_begin(&words, conf, channel, server);
 *	publish_words_add(&words, publication);		once a message
 *	script_run(script, &(struct script_input){words.keys, words.args}, ...
 */
#ifndef SHARED_BUS_PUBLISH_WORDS_H
#define SHARED_BUS_PUBLISH_WORDS_H

#include <stddef.h>

#include "shared/bus/keys.h"
#include "shared/bus/publish_channels.h"
#include "shared/conf/conf.h"
#include "shared/model/id.h"
#include "shared/model/publication.h"

enum {
	PUBLISH_WORDS_MESSAGES_MAX = 64, /* in one call of the script */
	PUBLISH_WORDS_KEYS = 2,		 /* before the idempotency keys */
	PUBLISH_WORDS_ARGS = 9,		 /* before those of messages */
	PUBLISH_WORDS_MESSAGE_ARGS = 4,
	PUBLISH_WORDS_NUMBER = BUF_DECIMAL_MAX + 1 /* its text */
};

/* Points into itself: it must not be copied. Both lists end with NULL. */
struct publish_words {
	const struct conf *conf;
	size_t messages, key_count, arg_count;
	char log[BUS_KEY_SIZE], tip[BUS_KEY_SIZE], pubsub[BUS_KEY_SIZE];
	char length[PUBLISH_WORDS_NUMBER], ttl[PUBLISH_WORDS_NUMBER],
	    log_life[PUBLISH_WORDS_NUMBER], tip_life[PUBLISH_WORDS_NUMBER],
	    key_ttl[PUBLISH_WORDS_NUMBER];
	char last[ID_TEXT_SIZE];
	char key_names[PUBLISH_WORDS_MESSAGES_MAX][BUS_KEY_SIZE];
	char key_places[PUBLISH_WORDS_MESSAGES_MAX][8];
	const char *keys[PUBLISH_WORDS_KEYS + PUBLISH_WORDS_MESSAGES_MAX + 1];
	const char
	    *args[PUBLISH_WORDS_ARGS +
		  PUBLISH_WORDS_MESSAGE_ARGS * PUBLISH_WORDS_MESSAGES_MAX + 1];
};

/* All is borrowed. `server` is named as by redis_conn_server(). */
void publish_words_begin(struct publish_words *words, const struct conf *conf,
			 const struct publish_channel *channel,
			 const char *server);

/* At most PUBLISH_WORDS_MESSAGES_MAX. The texts of `p` have a NUL and are
 * borrowed. */
void publish_words_add(struct publish_words *words,
		       const struct publication *p);

#endif
