/* SPDX-License-Identifier: MIT */
/* shared/base/base64url.c: the vectors of RFC 4648, section 10, and what no
 * encoder writes. */
#include "config.h"

#include <string.h>

#include "shared/base/base64url.h"
#include "shared/base/buf.h"
#include "tests/unit/suite.h"

static void
assert_pair(const char *plain, const char *encoded)
{
	struct buf out;

	buf_init(&out, 64);
	base64url_encode(&out, plain, strlen(plain));
	suite_assert_bytes(&out, encoded);
	buf_clear(&out);
	ck_assert(base64url_decode(&out, text_of(encoded)));
	suite_assert_bytes(&out, plain);
	buf_free(&out);
}

static void
assert_refused(const char *encoded)
{
	struct buf out;

	buf_init(&out, 64);
	ck_assert_msg(!base64url_decode(&out, text_of(encoded)), "%s", encoded);
	buf_free(&out);
}

TEST(text_is_encoded_without_padding_and_decoded)
{
	assert_pair("", "");
	assert_pair("f", "Zg");
	assert_pair("fo", "Zm8");
	assert_pair("foo", "Zm9v");
	assert_pair("foob", "Zm9vYg");
	assert_pair("fooba", "Zm9vYmE");
	assert_pair("foobar", "Zm9vYmFy");
}

TEST(the_last_two_characters_are_those_for_urls)
{
	assert_pair("\xfb\xff\xbf", "-_-_");
	assert_refused("+/+/");
}

TEST(padding_and_other_characters_are_refused)
{
	assert_refused("Zg==");
	assert_refused("Zm8=");
	assert_refused("Zm 9v");
	assert_refused("Zm9v\n");
	assert_refused("Zm9\xc3");
}

TEST(a_single_last_character_is_refused)
{
	assert_refused("Z");
	assert_refused("Zm9vZ");
}

TEST(bits_that_are_left_over_must_be_zero)
{
	assert_refused("Zh");
	assert_refused("Zm9");
}
