/* SPDX-License-Identifier: MIT */
/* shared/host/hash.c */
#include "config.h"

#include "shared/host/hash.h"

#include "tests/unit/suite.h"

/* The key and the messages of the reference implementation: 00 01 02 … */
TEST(the_hash_is_siphash_2_4)
{
	static const struct host_hash_key key = {
	    {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};
	static const struct {
		size_t len;
		uint64_t hash;
	} known[] = {{0, UINT64_C(0x726fdb47dd0e0e31)},
		     {1, UINT64_C(0x74f839c593dc67fd)},
		     {7, UINT64_C(0xab0200f58b01d137)},
		     {8, UINT64_C(0x93f5f5799a932462)},
		     {15, UINT64_C(0xa129ca6149be45e5)}};
	uint8_t message[16];

	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		ck_assert_uint_eq(host_hash(&key, message, known[i].len),
				  known[i].hash);
}
