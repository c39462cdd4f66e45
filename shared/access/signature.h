/* SPDX-License-Identifier: MIT */
/*
 * signature.h - signed requests: a script of the site signs a URL, and who has
 * the URL has the right.
 *
 *	channel		as in any request; repeated for several
 *	expires		until when, in seconds since 1970, decimal, without a
 *			leading zero
 *	sig		the signature
 *
 * The signature is the HMAC-SHA256 of the signed string, with a secret of
 * secret.h as the key, in base64url without padding: 43 characters. The signed
 * string consists of lines. A LF (0x0A) is between two lines, and none is after
 * the last:
 *
 *	1. the right: `subscribe` or `publish`
 *	2. each channel: its bytes, not percent-encoded; sorted by their bytes,
 *	   none twice
 *	3. expires, as in the request
 *
 *	subscribe<LF>news<LF>orders-42<LF>1800000000
 *
 * No channel contains a LF, so no other request has this string. It does not
 * name the technique: the same parameters are good for any. What is signed for
 * subscribing does not publish, and what is signed for two channels is not good
 * for one of them.
 *
 * Source: RFC 2104; RFC 4648, section 5
 */
#ifndef SHARED_ACCESS_SIGNATURE_H
#define SHARED_ACCESS_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/access/right.h"
#include "shared/access/secret.h"
#include "shared/base/attributes.h"
#include "shared/base/text.h"

enum {
	SIGNATURE_LEN = 43,
	SIGNATURE_SIZE = SIGNATURE_LEN + 1,
	SIGNATURE_TTL_MAX = 10 * 366 * 24 * 60 * 60 /* s */
};

/*
 * Signs with the first secret. The channels are 1 to CHANNELS_MAX valid ones
 * (rules.h), in any order. False: they are not, there is no secret, or
 * libcrypto does not work (hmac_fault() says why).
 */
bool signature_make(char out[SIGNATURE_SIZE], const struct secret *secret,
		    enum access_right right, const struct text *channels,
		    size_t count, uint64_t expires) MUST_USE;

/* The parameter `expires`. False: it is not written as above. */
bool signature_read_expires(uint64_t *out, struct text value) MUST_USE;

/*
 * NULL: `sig` is the signature of these, by any of the secrets, and `expires`
 * is later than `now` (clock_unix()) by no more than SIGNATURE_TTL_MAX. Or else
 * a sentence for the client. Static. Call secret_refresh() before.
 */
const char *signature_fault(struct text sig, const struct secret *secret,
			    enum access_right right,
			    const struct text *channels, size_t count,
			    uint64_t expires, uint64_t now) MUST_USE;

#endif
