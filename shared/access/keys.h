/* SPDX-License-Identifier: MIT */
/*
 * keys.h - the secrets and keys that requests are checked with.
 */
#ifndef SHARED_ACCESS_KEYS_H
#define SHARED_ACCESS_KEYS_H

#include <stdbool.h>

#include "shared/access/secret.h"
#include "shared/access/token.h"
#include "shared/base/attributes.h"
#include "shared/conf/conf.h"

struct access_keys {
	struct secret sign;	   /* access.secret */
	struct secret publish;	   /* access.publish_secret */
	struct token_keys *tokens; /* NULL: there are no keys of tokens */
};

/* Which the settings name, whether or not they can be read. */
bool access_has_secret(const struct conf *conf);
bool access_has_publish_secret(const struct conf *conf);
bool access_has_token_keys(const struct conf *conf);

/* `conf` is borrowed until access_keys_close(). False: `fault` is a sentence
 * for the administrator. */
bool access_keys_open(struct access_keys *keys, const struct conf *conf,
		      char fault[SECRET_FAULT_SIZE]) MUST_USE;

/* Reads the keys of tokens now, not only when the first token comes: the log
 * says how many there are, or what is wrong with them. False: something is. */
bool access_keys_check(struct access_keys *keys);

void access_keys_close(struct access_keys *keys);

#endif
