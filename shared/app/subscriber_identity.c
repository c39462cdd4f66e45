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
subscriber_identity_keep(struct subscriber *s,
			 const struct subscriber_identity *identity)
{
	char *at = (char *)s + s->all->kind->size;

	text_copy(&at, identity->address);
	text_copy(&at, identity->id);
	s->has_user = identity->user.bytes != NULL;
	if (s->has_user)
		text_copy(&at, identity->user);
}

static const char *
next_text(const char *text)
{
	return text + strlen(text) + 1;
}

const char *
subscriber_address(const struct subscriber *s)
{
	return (const char *)s + s->all->kind->size;
}

const char *
subscriber_id(const struct subscriber *s)
{
	return next_text(subscriber_address(s));
}

const char *
subscriber_user(const struct subscriber *s)
{
	return s->has_user ? next_text(subscriber_id(s)) : NULL;
}
