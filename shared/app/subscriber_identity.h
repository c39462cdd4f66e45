/* SPDX-License-Identifier: MIT */
/*
 * subscriber_identity.h - who a subscriber is: two texts, or three.
 *
 * They are kept one after the other, behind the struct of its kind: there may
 * be many subscribers, and pointers would take more room than what they point
 * to.
 */
#ifndef SHARED_APP_SUBSCRIBER_IDENTITY_H
#define SHARED_APP_SUBSCRIBER_IDENTITY_H

#include <stddef.h>

#include "shared/access/client.h"
#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/http/params.h"
#include "shared/model/random_key.h"
#include "shared/technique.h"

/* Borrowed from the request, or of itself. */
struct subscriber_identity {
	struct text address, id, user; /* user.bytes NULL: none */
	char random[RANDOM_KEY_SIZE];
};

void subscriber_identify(struct subscriber_identity *out,
			 const struct technique *technique,
			 const struct params *params,
			 const struct client_id *client);

/* Bytes that they take. */
size_t subscriber_identity_size(const struct subscriber_identity *identity);

/* Copies them to `at`, where there is room for them. */
void subscriber_identity_keep(char *at,
			      const struct subscriber_identity *identity);

/* Of what was kept at `at`. */
const char *subscriber_identity_address(const char *at) RETURNS_NONNULL;
const char *subscriber_identity_id(const char *at) RETURNS_NONNULL;
/* If it has one. */
const char *subscriber_identity_user(const char *at) RETURNS_NONNULL;

#endif
