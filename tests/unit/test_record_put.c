/* SPDX-License-Identifier: MIT */
/* shared/wire/record.c: writing. */
#include "config.h"

#include "shared/wire/record.h"

#include <fastcgi.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "tests/unit/suite.h"

TEST(a_header)
{
	uint8_t out[RECORD_HEADER_SIZE];

	record_header(out, FCGI_STDOUT, 0x1234, 0xabcd);
	suite_assert_same(out, sizeof(out), "\x01\x06\x12\x34\xab\xcd\0\0", 8);
}

TEST(an_end_request)
{
	uint8_t out[RECORD_END_SIZE];

	record_end(out, 0x0102, RECORD_CANT_MPX_CONN);
	suite_assert_same(out, sizeof(out),
			  "\x01\x03\x01\x02\0\x08\0\0\0\0\0\0\x01\0\0\0", 16);
}

TEST(a_request_for_libfcgi)
{
	struct record_piece piece = {.bytes = (const uint8_t *)"ab", .len = 2};
	struct buf out;

	buf_init(&out, 1000);
	record_put_begin(&out, 3);
	record_put_params(&out, 3, &piece);
	piece = (struct record_piece){0};
	record_put_params(&out, 3, &piece);
	suite_assert_same(out.bytes, out.len,
			  "\x01\x01\0\x03\0\x08\0\0\0\x01\x01\0\0\0\0\0"
			  "\x01\x04\0\x03\0\x02\0\0"
			  "ab"
			  "\x01\x04\0\x03\0\0\0\0",
			  34);
	buf_free(&out);
}

TEST(long_parameters_take_several_records)
{
	uint8_t *bytes = calloc(1, 2 * RECORD_CONTENT_MAX + 1);
	struct record_piece piece = {bytes, 2 * RECORD_CONTENT_MAX + 1, 0, 0};
	struct buf out;

	ck_assert_ptr_nonnull(bytes);
	buf_init(&out, 200000);
	record_put_params(&out, 1, &piece);
	ck_assert_uint_eq(out.len, piece.len + 3 * RECORD_HEADER_SIZE);
	suite_assert_same(out.bytes + out.len - 9, 9,
			  "\x01\x04\0\x01\0\x01\0\0\0", 9);
	buf_free(&out);
	free(bytes);
}

TEST(an_unknown_type)
{
	struct buf out;

	buf_init(&out, 1000);
	record_put_unknown(&out, 99);
	suite_assert_same(out.bytes, out.len,
			  "\x01\x0b\0\0\0\x08\0\0\x63\0\0\0\0\0\0\0", 16);
	buf_free(&out);
}

/* `want`: the content of the response to a GET_VALUES with content `asked`. */
static void
assert_values(const char *asked, size_t len, const char *want, size_t want_len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct record_piece piece = {copy, len, 0, 0};
	struct buf out;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, asked, len);
	buf_init(&out, 1000);
	record_put_values(&out, &piece, 1024);
	ck_assert(buf_ok(&out));
	ck_assert_uint_ge(out.len, RECORD_HEADER_SIZE);
	suite_assert_same(out.bytes, 4, "\x01\x0a\0\0", 4);
	ck_assert_uint_eq((uint8_t)out.bytes[5], want_len);
	suite_assert_same(out.bytes + 8, out.len - 8, want, want_len);
	buf_free(&out);
	free(copy);
}

TEST(all_three_values)
{
	static const char asked[] = "\x0e\0FCGI_MAX_CONNS\x0d\0FCGI_MAX_REQS"
				    "\x0f\0FCGI_MPXS_CONNS";
	static const char want[] = "\x0e\x04"
				   "FCGI_MAX_CONNS1024"
				   "\x0d\x04"
				   "FCGI_MAX_REQS1024"
				   "\x0f\x01"
				   "FCGI_MPXS_CONNS0";

	assert_values(asked, sizeof(asked) - 1, want, sizeof(want) - 1);
}

TEST(values_with_lengths_of_four_bytes)
{
	static const char asked[] = "\x80\0\0\x0d\x80\0\0\x03"
				    "FCGI_MAX_REQSabc\x0f\0FCGI_MPXS_CONNS";
	static const char want[] = "\x0d\x04"
				   "FCGI_MAX_REQS1024"
				   "\x0f\x01"
				   "FCGI_MPXS_CONNS0";

	assert_values(asked, sizeof(asked) - 1, want, sizeof(want) - 1);
}

TEST(other_values_are_ignored)
{
	static const char asked[] = "\x0e\0FCGI_MAX_CONNX\x04\0FCGI\0\0";

	assert_values(asked, sizeof(asked) - 1, "", 0);
	assert_values("", 0, "", 0);
}

TEST(a_repeated_value_is_answered_once)
{
	static const char pair[] = "\x0d\0FCGI_MAX_REQS";
	char asked[15 * 30];

	for (size_t i = 0; i < 30; i++)
		memcpy(asked + 15 * i, pair, 15);
	assert_values(asked, sizeof(asked),
		      "\x0d\x04"
		      "FCGI_MAX_REQS1024",
		      19);
}

TEST(lengths_past_the_end_are_ignored)
{
	static const char *const suffixes[] = {
	    "\x0e",
	    "\x0e\1",
	    "\xff",
	    "\xff\xff\xff\xff",
	    "\xff\xff\xff\xff\xff\xff\xff\xff",
	    "\x01\xff\xff\xff\xff"
	    "F",
	    "\xff\xff\xff\xff\x01"
	    "F",
	    "\x0e\x01"
	    "FCGI_MAX_CONNS"};
	char asked[100] = "\x0d\0FCGI_MAX_REQS";

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t len = strlen(suffixes[i]);

		memcpy(asked + 15, suffixes[i], len);
		assert_values(asked, 15 + len,
			      "\x0d\x04"
			      "FCGI_MAX_REQS1024",
			      19);
	}
}
