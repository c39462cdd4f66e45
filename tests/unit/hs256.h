/* SPDX-License-Identifier: MIT */
/*
 * hs256.h - JSON Web Tokens for a test.
 */
#ifndef TESTS_UNIT_HS256_H
#define TESTS_UNIT_HS256_H

/* For access.jwt_key. */
#define HS256_SECRET "a secret of at least thirty-two bytes"

/* A token with this payload, signed by HS256_SECRET. Valid until the fourth
 * call after this one. */
const char *hs256(const char *payload);

#endif
