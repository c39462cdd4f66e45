/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/publish_words.h"

#include <stdio.h>

#include "shared/base/buf.h"
#include "shared/conf/conf_channel.h"

static void
put_channel(struct publish_words *words, struct text channel)
{
	const struct channel_conf c = conf_channel(words->conf, channel);
	bool retains = c.retain == RETAIN_LAST;

	buf_decimal_string(words->length, retains && c.history_length == 0
					      ? 1
					      : c.history_length);
	buf_decimal_string(words->ttl, c.history_ttl);
	buf_decimal_string(words->log_life, retains ? 0 : c.history_ttl);
	buf_decimal_string(words->tip_life, bus_tip_life(&c));
	buf_decimal_string(words->key_ttl, words->conf->publish_key_ttl);
}

static void
add_key(struct publish_words *words, const char *key)
{
	words->keys[words->key_count++] = key;
	words->keys[words->key_count] = NULL;
}

static void
add_arg(struct publish_words *words, const char *arg)
{
	words->args[words->arg_count++] = arg;
	words->args[words->arg_count] = NULL;
}

void
publish_words_begin(struct publish_words *words, const struct conf *conf,
		    const struct publish_channel *channel, const char *server)
{
	const char *name = channel->name.bytes;

	words->conf = conf;
	words->messages = words->key_count = words->arg_count = 0;
	bus_log_key(words->log, conf, name);
	bus_tip_key(words->tip, conf, name);
	bus_pubsub_channel(words->pubsub, conf, name);
	id_format(words->last, channel->last);
	put_channel(words, channel->name);
	add_key(words, words->log);
	add_key(words, words->tip);
	add_arg(words, words->length);
	add_arg(words, words->ttl);
	add_arg(words, words->log_life);
	add_arg(words, words->tip_life);
	add_arg(words, words->key_ttl);
	add_arg(words, words->pubsub);
	add_arg(words, words->last);
	add_arg(words, channel->last_server);
	add_arg(words, server);
}

void
publish_words_add(struct publish_words *words, const struct publication *p)
{
	size_t i = words->messages++;

	words->key_places[i][0] = '\0';
	if (p->key.bytes != NULL) {
		bus_idempotency_key(words->key_names[i], words->conf,
				    p->channel.bytes, p->key.bytes);
		add_key(words, words->key_names[i]);
		snprintf(words->key_places[i], sizeof(words->key_places[i]),
			 "%zu", words->key_count);
	}
	add_arg(words, p->event.bytes);
	add_arg(words, p->data.bytes);
	add_arg(words, words->key_places[i]);
	add_arg(words, p->never_first ? "1" : "");
}
