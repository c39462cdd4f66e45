/* SPDX-License-Identifier: MIT */
/*
 * hmac.h - HMAC-SHA256, by libcrypto, which is loaded when it is needed.
 *
 * Source: RFC 2104; https://docs.openssl.org/3.0/man3/HMAC/
 */
#ifndef SHARED_ACCESS_HMAC_H
#define SHARED_ACCESS_HMAC_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

enum { HMAC_SHA256_LEN = 32 }; /* bytes */

/* Loads libcrypto, once, and computes one to see that it works: at the start of
 * a program, because it takes about a millisecond. NULL: it works, or else a
 * phrase for the administrator. Static. */
const char *hmac_fault(void) MUST_USE;

/* False: it does not work; hmac_fault() says why. */
bool hmac_sha256(unsigned char out[HMAC_SHA256_LEN], struct text key,
		 struct text message) MUST_USE;

#endif
