/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/keys.h"

#include <stdio.h>
#include <string.h>

#include "shared/access/hmac.h"

bool
access_has_secret(const struct conf *conf)
{
	return conf->access_secret[0] != '\0' ||
	       conf->access_secret_file[0] != '\0';
}

bool
access_has_publish_secret(const struct conf *conf)
{
	return conf->access_publish_secret[0] != '\0' ||
	       conf->access_publish_secret_file[0] != '\0';
}

bool
access_has_token_keys(const struct conf *conf)
{
	return conf->access_jwt_key[0] != '\0' ||
	       conf->access_jwt_key_file[0] != '\0' ||
	       conf->access_jwks_file[0] != '\0';
}

bool
access_keys_open(struct access_keys *keys, const struct conf *conf,
		 char fault[SECRET_FAULT_SIZE])
{
	const struct token_conf tokens = {.key = conf->access_jwt_key,
					  .key_file = conf->access_jwt_key_file,
					  .jwks_file = conf->access_jwks_file,
					  .audience = conf->access_jwt_audience,
					  .issuer = conf->access_jwt_issuer};
	const char *hmac;

	memset(keys, 0, sizeof(*keys));
	if (!secret_open(&keys->sign, conf->access_secret,
			 conf->access_secret_file, fault) ||
	    !secret_open(&keys->publish, conf->access_publish_secret,
			 conf->access_publish_secret_file, fault))
		return false;
	hmac = keys->sign.count > 0 ? hmac_fault() : NULL;
	if (hmac != NULL) {
		snprintf(fault, SECRET_FAULT_SIZE, "access.secret: %s", hmac);
		return false;
	}
	if (access_has_token_keys(conf))
		keys->tokens = token_keys_open(&tokens);
	return true;
}

bool
access_keys_check(struct access_keys *keys)
{
	return keys->tokens == NULL || token_keys_fault(keys->tokens) == NULL;
}

void
access_keys_close(struct access_keys *keys)
{
	secret_close(&keys->sign);
	secret_close(&keys->publish);
	token_keys_close(keys->tokens);
	keys->tokens = NULL;
}
