/* SPDX-License-Identifier: MIT */
/*
 * hash.h - SipHash-2-4: a hash with a secret key, so that nobody outside can
 * choose what collides.
 *
 * Source: https://github.com/veorq/SipHash
 */
#ifndef SHARED_HOST_HASH_H
#define SHARED_HOST_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"

struct host_hash_key {
	uint64_t half[2];
};

uint64_t host_hash(const struct host_hash_key *key, const void *bytes,
		   size_t len) MUST_USE;

#endif
