/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/host/hash.h"

#include <endian.h>
#include <string.h>

enum { WORD = 8, ROUNDS = 2, LAST_ROUNDS = 4 };

static uint64_t
rotate(uint64_t x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

static void
mix(uint64_t v[4], unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

/* Little-endian; at most WORD bytes. */
static uint64_t
word_of(const uint8_t *bytes, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, bytes, len);
	return le64toh(word);
}

static void
take(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v, ROUNDS);
	v[0] ^= word;
}

uint64_t
host_hash(const struct host_hash_key *key, const void *bytes, size_t len)
{
	uint64_t v[4] = {key->half[0] ^ UINT64_C(0x736f6d6570736575),
			 key->half[1] ^ UINT64_C(0x646f72616e646f6d),
			 key->half[0] ^ UINT64_C(0x6c7967656e657261),
			 key->half[1] ^ UINT64_C(0x7465646279746573)};
	const uint8_t *at = bytes, *end = at + len - len % WORD;

	for (; at < end; at += WORD)
		take(v, word_of(at, WORD));
	take(v, (uint64_t)len << 56 | word_of(at, len % WORD));
	v[2] ^= 0xff;
	mix(v, LAST_ROUNDS);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
