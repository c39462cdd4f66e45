/* SPDX-License-Identifier: MIT */
/*
 * fuzz_token.c - any text as a token; and, after a line `sign`, a line and the
 * rest as the header and the payload of one that has a right signature.
 *
 * What has no right signature is refused. A refused token has a fault. An
 * accepted one is accepted again, without another signature, and no right is
 * for a channel without a name.
 */
#include "config.h"

#include <string.h>

#include "shared/access/token.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/tokens.h"

static struct token_keys *
open_keys(void)
{
	const struct token_conf conf = {.key = TOKENS_SECRET,
					.key_file = "",
					.jwks_file = "",
					.audience = "",
					.issuer = ""};

	log_open("fuzz", LOG_LEVEL_ERROR, LOG_TO_STDERR);
	return token_keys_open(&conf);
}

static void
check_token(struct token_keys *keys, struct token *token, struct text jwt)
{
	uint64_t signatures = token_keys_signatures(keys);
	uint64_t expires = token_expires(token);
	const char *fault;
	struct token *again = token_verify(keys, jwt, &fault);

	check(again == token || (expires != 0 && clock_unix() + 1 >= expires));
	check(token_keys_signatures(keys) == signatures);
	check(!token_allows(token, ACCESS_SUBSCRIBE, text_of("")));
	check(!token_allows(token, ACCESS_PUBLISH, text_of("")));
	token_unref(again);
}

static void
check_jwt(struct token_keys *keys, struct text jwt, bool is_signed)
{
	const char *fault = NULL;
	struct token *token = token_verify(keys, jwt, &fault);

	if (token == NULL) {
		check(fault != NULL && fault[0] != '\0');
		return;
	}
	check(is_signed);
	check_token(keys, token, jwt);
	token_unref(token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text rest = {(const char *)bytes, len}, first, header;
	struct token_keys *keys = open_keys();
	char *jwt;

	if (text_cut(&rest, '\n', &first) && text_is(first, "sign") &&
	    text_cut(&rest, '\n', &header) && len < 8192) {
		jwt = tokens_make(header, rest, TOKENS_HS256);
		check_jwt(keys, text_of(jwt), true);
		free(jwt);
	} else {
		check_jwt(keys, (struct text){(const char *)bytes, len}, false);
	}
	token_keys_close(keys);
	return 0;
}
