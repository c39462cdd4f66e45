/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/keys.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/buf.h"

/* Appends them up to NULL. They fit: their lengths are limited. snprintf()
 * would take several times as long, and some are made for each message. */
static size_t
join(char out[BUS_KEY_SIZE], const char *const *parts)
{
	size_t len = 0, n;

	for (; *parts != NULL; parts++, len += n) {
		n = strnlen(*parts, BUS_KEY_SIZE - 1 - len);
		memcpy(out + len, *parts, n);
	}
	out[len] = '\0';
	return len;
}

/* One of the keys of a channel. */
static void
channel_key(char out[BUS_KEY_SIZE], const struct conf *conf,
	    const char *channel, const char *what)
{
	join(out, (const char *const[]){conf->bus_prefix, ":{", channel,
					"}:", what, NULL});
}

/* The begin of a name of pub/sub, which knows no databases. */
static size_t
pubsub_name(char out[BUS_KEY_SIZE], const struct conf *conf, const char *before,
	    const char *channel, const char *after)
{
	char db[BUF_DECIMAL_MAX + 1];

	buf_decimal_string(db, conf->redis.db);
	return join(out, (const char *const[]){conf->bus_prefix, ":", db,
					       before, channel, after, NULL});
}

void
bus_log_key(char out[BUS_KEY_SIZE], const struct conf *conf,
	    const char *channel)
{
	channel_key(out, conf, channel, "log");
}

void
bus_tip_key(char out[BUS_KEY_SIZE], const struct conf *conf,
	    const char *channel)
{
	channel_key(out, conf, channel, "tip");
}

void
bus_idempotency_key(char out[BUS_KEY_SIZE], const struct conf *conf,
		    const char *channel, const char *key)
{
	snprintf(out, BUS_KEY_SIZE, "%s:{%s}:key:%s", conf->bus_prefix, channel,
		 key);
}

void
bus_pubsub_channel(char out[BUS_KEY_SIZE], const struct conf *conf,
		   const char *channel)
{
	pubsub_name(out, conf, ":{", channel, "}");
}

void
bus_presence_key(char out[BUS_KEY_SIZE], const struct conf *conf,
		 const char *channel)
{
	channel_key(out, conf, channel, "presence");
}

void
bus_held_key(char out[BUS_KEY_SIZE], const struct conf *conf,
	     const char *channel)
{
	channel_key(out, conf, channel, "held");
}

void
bus_unnamed_key(char out[BUS_KEY_SIZE], const struct conf *conf,
		const char *channel)
{
	channel_key(out, conf, channel, "unnamed");
}

void
bus_presence_pubsub(char out[BUS_KEY_SIZE], const struct conf *conf,
		    const char *channel)
{
	pubsub_name(out, conf, ":presence:{", channel, "}");
}

void
bus_entry_key(char out[BUS_KEY_SIZE], const struct conf *conf, const char *id)
{
	snprintf(out, BUS_KEY_SIZE, "%s:entry:%s", conf->bus_prefix, id);
}

void
bus_entries_key(char out[BUS_KEY_SIZE], const struct conf *conf)
{
	snprintf(out, BUS_KEY_SIZE, "%s:entries", conf->bus_prefix);
}

void
bus_kicks_key(char out[BUS_KEY_SIZE], const struct conf *conf)
{
	snprintf(out, BUS_KEY_SIZE, "%s:kicks", conf->bus_prefix);
}

void
bus_control_channel(char out[BUS_KEY_SIZE], const struct conf *conf)
{
	pubsub_name(out, conf, ":control", "", "");
}

unsigned int
bus_tip_life(const struct channel_conf *c)
{
	enum { TIMES = 4, LEAST = 30 * 86400 };
	unsigned int life = TIMES * c->history_ttl;

	if (c->retain == RETAIN_LAST)
		return 0;
	return life > LEAST ? life : LEAST;
}

bool
bus_channel_of_pubsub(struct text *channel, struct text name)
{
	const char *open, *close;

	if (name.len == 0 || name.bytes[name.len - 1] != '}')
		return false;
	open = memchr(name.bytes, '{', name.len);
	if (open == NULL)
		return false;
	close = name.bytes + name.len - 1;
	*channel = (struct text){open + 1, (size_t)(close - open - 1)};
	return true;
}

bool
bus_is_presence(const struct conf *conf, struct text name)
{
	char before[BUS_KEY_SIZE];
	size_t len = pubsub_name(before, conf, ":presence:{", "", "");

	return name.len > len && memcmp(name.bytes, before, len) == 0;
}
