/* SPDX-License-Identifier: MIT */
/*
 * duplex_rights.h - when the rights of a duplex client to its channels end.
 *
 * A right that ends takes the client off that channel. The connection goes on
 * while there is another channel.
 */
#ifndef SHARED_APP_DUPLEX_RIGHTS_H
#define SHARED_APP_DUPLEX_RIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/text.h"
#include "shared/model/rules.h"

struct duplex_right;

/* Zeroed: none ends. */
struct duplex_rights {
	struct duplex_right *at; /* those that end */
	size_t count, room;
};

/* The right to `channel` ends at `expires` (seconds since 1970; 0: never). What
 * was known of it before is replaced. */
void duplex_rights_set(struct duplex_rights *rights, struct text channel,
		       uint64_t expires);

/* The client has left the channel. */
void duplex_rights_remove(struct duplex_rights *rights, struct text channel);

/* When the next right ends; 0: none does. */
uint64_t duplex_rights_next(const struct duplex_rights *rights);

/* The channels whose rights have ended by `now`, at most CHANNELS_MAX: texts of
 * `rights`. */
size_t duplex_rights_ended(const struct duplex_rights *rights, uint64_t now,
			   struct text channels[CHANNELS_MAX]);

void duplex_rights_free(struct duplex_rights *rights);

#endif
