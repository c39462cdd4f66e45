/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/subscriber_identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
subscriber_identify(struct subscriber_identity *out,
		    const struct technique *technique,
		    const struct params *params, const struct client_id *client)
{
	enum { DIGITS = 16 };
	const char *user = credentials_user(params->credentials);

	out->address = text_of(client->address);
	out->id = params->client;
	out->user = user != NULL ? text_of(user) : (struct text){NULL, 0};
	if (out->id.len > 0)
		return;
	if (technique->batch != NULL)
		snprintf(out->random, sizeof(out->random), "%016" PRIx64,
			 client->browser);
	else
		random_key(out->random);
	out->id = (struct text){out->random, DIGITS};
}

size_t
subscriber_identity_size(const struct subscriber_identity *identity)
{
	size_t user = identity->user.bytes != NULL ? identity->user.len + 1 : 0;

	return identity->address.len + 1 + identity->id.len + 1 + user;
}

void
subscriber_identity_keep(char *at, const struct subscriber_identity *identity)
{
	text_copy(&at, identity->address);
	text_copy(&at, identity->id);
	if (identity->user.bytes != NULL)
		text_copy(&at, identity->user);
}

static const char *
next_text(const char *text)
{
	return text + strlen(text) + 1;
}

const char *
subscriber_identity_address(const char *at)
{
	return at;
}

const char *
subscriber_identity_id(const char *at)
{
	return next_text(subscriber_identity_address(at));
}

const char *
subscriber_identity_user(const char *at)
{
	return next_text(subscriber_identity_id(at));
}
