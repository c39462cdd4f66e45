/* SPDX-License-Identifier: MIT */
/*
 * keys.h - the names that channels and processes have in Redis.
 *
 * With the prefix of bus.prefix and the db of bus.url, channel c has:
 *
 *	push:{c}:log		stream: p (prev), e (event), d (data)
 *	push:{c}:tip		id of the newest message; outlives the log
 *	push:{c}:key:<key>	id of the message published with that key
 *	push:{c}:presence	sorted set: who counts as present until when
 *	push:{c}:held		hash: what each process holds (presence.lua)
 *	push:{c}:unnamed	sorted set: long-polls that have no name
 *	push:<db>:presence:{c}	pub/sub channel of presence
 *	push:<db>:{c}		pub/sub channel (SELECT does not scope pub/sub)
 *
 * Of all processes (entries.h):
 *
 *	push:entry:<id>		what a process says of itself
 *	push:entries		sorted set: ids by when they expire
 *
 * Of all programs together:
 *
 *	push:kicks		sorted set: whom an administrator keeps out
 *	push:<db>:control	pub/sub channel: what all processes must know
 *
 * The braces are a hash tag: all keys of a channel are in one cluster slot.
 */
#ifndef SHARED_BUS_KEYS_H
#define SHARED_BUS_KEYS_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/conf/conf.h"
#include "shared/model/rules.h"

/* Room for the longest name: prefix, "::key:", braces, channel, key, NUL. */
enum {
	BUS_KEY_SIZE = CONF_PREFIX_MAX + CHANNEL_NAME_MAX + PUBLISH_KEY_MAX + 32
};

/* Each writes the name with a NUL. */
void bus_log_key(char out[BUS_KEY_SIZE], const struct conf *conf,
		 const char *channel);
void bus_tip_key(char out[BUS_KEY_SIZE], const struct conf *conf,
		 const char *channel);
void bus_idempotency_key(char out[BUS_KEY_SIZE], const struct conf *conf,
			 const char *channel, const char *key);
void bus_pubsub_channel(char out[BUS_KEY_SIZE], const struct conf *conf,
			const char *channel);

void bus_presence_key(char out[BUS_KEY_SIZE], const struct conf *conf,
		      const char *channel);
void bus_held_key(char out[BUS_KEY_SIZE], const struct conf *conf,
		  const char *channel);
void bus_unnamed_key(char out[BUS_KEY_SIZE], const struct conf *conf,
		     const char *channel);
void bus_presence_pubsub(char out[BUS_KEY_SIZE], const struct conf *conf,
			 const char *channel);
void bus_entry_key(char out[BUS_KEY_SIZE], const struct conf *conf,
		   const char *id);
void bus_entries_key(char out[BUS_KEY_SIZE], const struct conf *conf);
void bus_kicks_key(char out[BUS_KEY_SIZE], const struct conf *conf);
void bus_control_channel(char out[BUS_KEY_SIZE], const struct conf *conf);

/* How long the tip of a channel lives after the last message, in seconds: 4
 * times history.ttl, at least 30 days, so that a cursor of that age is told
 * what it missed. With retain, 0: for ever. */
unsigned int bus_tip_life(const struct channel_conf *c);

/* The channel in the name of a pub/sub channel, as a part of `name`. False:
 * there are no braces. */
bool bus_channel_of_pubsub(struct text *channel, struct text name) MUST_USE;

/* True: the pub/sub channel is one of presence. */
bool bus_is_presence(const struct conf *conf, struct text name) MUST_USE;

#endif
