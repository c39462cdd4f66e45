/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/duplex_rights.h"

#include <stdlib.h>

#include "shared/base/vec.h"
#include "shared/base/xalloc.h"

struct duplex_right {
	char *channel;
	size_t len;
	uint64_t expires; /* seconds since 1970 */
};

static struct text
name_of(const struct duplex_right *right)
{
	return (struct text){right->channel, right->len};
}

void
duplex_rights_remove(struct duplex_rights *rights, struct text channel)
{
	for (size_t i = 0; i < rights->count; i++) {
		if (!text_equals(name_of(&rights->at[i]), channel))
			continue;
		free(rights->at[i].channel);
		rights->at[i] = rights->at[--rights->count];
		return;
	}
}

void
duplex_rights_set(struct duplex_rights *rights, struct text channel,
		  uint64_t expires)
{
	char *copy;

	duplex_rights_remove(rights, channel);
	if (expires == 0)
		return;
	copy = xmalloc(channel.len + 1);
	rights->at = vec_grow(rights->at, rights->count, &rights->room,
			      sizeof(*rights->at));
	rights->at[rights->count++] = (struct duplex_right){
	    .channel = copy, .len = channel.len, .expires = expires};
	text_copy(&copy, channel);
}

uint64_t
duplex_rights_next(const struct duplex_rights *rights)
{
	uint64_t next = 0;

	for (size_t i = 0; i < rights->count; i++)
		if (next == 0 || rights->at[i].expires < next)
			next = rights->at[i].expires;
	return next;
}

size_t
duplex_rights_ended(const struct duplex_rights *rights, uint64_t now,
		    struct text channels[CHANNELS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < rights->count && n < CHANNELS_MAX; i++)
		if (rights->at[i].expires <= now)
			channels[n++] = name_of(&rights->at[i]);
	return n;
}

void
duplex_rights_free(struct duplex_rights *rights)
{
	for (size_t i = 0; i < rights->count; i++)
		free(rights->at[i].channel);
	free(rights->at);
	*rights = (struct duplex_rights){.at = NULL};
}
