/* SPDX-License-Identifier: MIT */
/*
 * subscriber_identity.h - who a subscriber is.
 *
 * Two texts, or three, which lie behind the struct of its kind, one after the
 * other: there may be many subscribers, and pointers would take more room than
 * what they point to.
 */
#ifndef SHARED_APP_SUBSCRIBER_IDENTITY_H
#define SHARED_APP_SUBSCRIBER_IDENTITY_H

#include <stddef.h>

#include "shared/app/subscriber.h"
#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/model/random_key.h"

/* Borrowed from the request, or of itself. */
struct subscriber_identity {
	struct text address, id, user; /* user.bytes NULL: none */
	char random[RANDOM_KEY_SIZE];
};

void subscriber_identify(struct subscriber_identity *out,
			 const struct technique *technique,
			 const struct params *params,
			 const struct client_id *client);

/* Bytes that the texts take behind the struct. */
size_t subscriber_identity_size(const struct subscriber_identity *identity);

/* Copies the texts to their place behind `s`, whose `all` is set. */
void subscriber_identity_keep(struct subscriber *s,
			      const struct subscriber_identity *identity);

const char *subscriber_address(const struct subscriber *s) RETURNS_NONNULL;

/* The parameter `client`; or, of a batch, a hash of the address and User-Agent,
 * the same for its next request; or a random one. */
const char *subscriber_id(const struct subscriber *s) RETURNS_NONNULL;

/* REMOTE_USER, or the subject of its token; NULL: none. */
const char *subscriber_user(const struct subscriber *s);

#endif
