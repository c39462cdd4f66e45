/* SPDX-License-Identifier: MIT */
/* shared/access/hmac.c */
#include "config.h"

#include "shared/access/hmac.h"

#include <string.h>

#include "shared/base/number.h"
#include "tests/unit/suite.h"

static void
assert_hmac(struct text key, struct text message, const char *want)
{
	unsigned char got[HMAC_SHA256_LEN], bytes[HMAC_SHA256_LEN];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(number_hex_digit(want[2 * i]) << 4 |
					   number_hex_digit(want[2 * i + 1]));
	ck_assert(hmac_sha256(got, key, message));
	suite_assert_same(got, sizeof(got), bytes, sizeof(bytes));
}

TEST(libcrypto_is_loaded)
{
	ck_assert_ptr_null(hmac_fault());
	ck_assert_ptr_null(hmac_fault());
}

/* RFC 4231, test cases 1, 2 and 6. */
TEST(it_is_the_function_of_the_rfc)
{
	char key[131];

	memset(key, 0x0b, 20);
	assert_hmac((struct text){key, 20}, text_of("Hi There"),
		    "b0344c61d8db38535ca8afceaf0bf12b"
		    "881dc200c9833da726e9376c2e32cff7");
	assert_hmac(text_of("Jefe"), text_of("what do ya want for nothing?"),
		    "5bdcc146bf60754e6a042426089575c7"
		    "5a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	assert_hmac((struct text){key, sizeof(key)},
		    text_of("Test Using Larger Than Block-Size Key - Hash Key "
			    "First"),
		    "60e431591ee0b67f0d8a26aacbf5b77f"
		    "8e0bc6213728c5140546040f0ee37f54");
}

TEST(a_message_may_be_empty)
{
	static const char key[20] = "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
				    "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b";

	assert_hmac((struct text){key, sizeof(key)}, (struct text){0},
		    "999a901219f032cd497cadb5e6051e97"
		    "b6a29ab297bd6ae722bd6062a2f59542");
}
