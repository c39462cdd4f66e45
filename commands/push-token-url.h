/* SPDX-License-Identifier: MIT */
/*
 * push-token-url.h - a signed URL.
 */
#ifndef COMMANDS_PUSH_TOKEN_URL_H
#define COMMANDS_PUSH_TOKEN_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "commands/push-token-options.h"
#include "shared/access/secret.h"
#include "shared/base/attributes.h"

struct buf;

/* Of all that is appended to a URL. */
enum { PUSH_TOKEN_PARAMETERS_MAX = CHANNELS_MAX * (9 + 3 * 255) + 100 };

/* NULL, or a sentence that says why `url` cannot be signed. Static. */
const char *push_token_url_fault(const char *url) MUST_USE;

/*
 * Appends the URL of the options, which has no fault, with the parameters
 * channel, expires and sig in its query, before a fragment; or only the
 * parameters. Valid from `now`, seconds since 1970, on. False: it cannot be
 * signed; hmac_fault() says why.
 */
bool push_token_url(struct buf *out, const struct push_token_options *o,
		    const struct secret *secret, uint64_t now) MUST_USE;

#endif
