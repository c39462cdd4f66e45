/* SPDX-License-Identifier: MIT */
/* shared/access/signature.c. The signatures are made by Python's hmac. */
#include "config.h"

#include "shared/access/signature.h"

#include <stdio.h>
#include <string.h>

#include "shared/model/rules.h"
#include "tests/unit/suite.h"

#define NOW	UINT64_C(1800000000)
#define EXPIRES (NOW + 600)

static const char OLD[] = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";

static const struct secret key = {.texts = {"0123456789abcdef"}, .count = 1};
static const struct text orders = {"orders-42", 9};
static char sig[SIGNATURE_SIZE];

static void
make(enum access_right right, const struct text *channels, size_t count,
     uint64_t expires)
{
	ck_assert(signature_make(sig, &key, right, channels, count, expires));
	ck_assert_uint_eq(strlen(sig), SIGNATURE_LEN);
}

/* Why the request with `given` is refused, or NULL. */
static const char *
fault(const char *given, enum access_right right, struct text channel,
      uint64_t expires)
{
	return signature_fault(text_of(given), &key, right, &channel, 1,
			       expires, NOW);
}

static void
assert_says(const char *got, const char *part)
{
	ck_assert_ptr_nonnull(got);
	ck_assert_msg(strstr(got, part) != NULL, "%s", got);
}

TEST(the_signed_string_is_the_right_the_channel_and_expires)
{
	make(ACCESS_SUBSCRIBE, &orders, 1, EXPIRES);
	ck_assert_str_eq(sig, "diNnAL0W0ad7zpTiTZXny5fd2nE8LabpQVQo9sM1hoc");
	make(ACCESS_PUBLISH, &orders, 1, EXPIRES);
	ck_assert_str_eq(sig, "llvIzjhBpiKIsKSmiQJMvEvyeOWrArpesLzpciCMirU");
}

TEST(channels_are_sorted_by_bytes_and_none_is_there_twice)
{
	static const struct text channels[] = {
	    {"b", 1},	     {"a", 1}, {"ab", 2}, {"b", 1},
	    {"\xc3\xa9", 2}, {"Z", 1}, {"a", 1}};
	static const struct text sorted[] = {
	    {"Z", 1}, {"a", 1}, {"ab", 2}, {"b", 1}, {"\xc3\xa9", 2}};

	make(ACCESS_SUBSCRIBE, channels, 7, EXPIRES);
	ck_assert_str_eq(sig, "IRPXMcXekz_K2pcB-XPs7hqdvQrU8ivu7VM04frzORY");
	make(ACCESS_SUBSCRIBE, sorted, 5, EXPIRES);
	ck_assert_str_eq(sig, "IRPXMcXekz_K2pcB-XPs7hqdvQrU8ivu7VM04frzORY");
}

TEST(the_longest_string_is_signed)
{
	char names[CHANNELS_MAX][CHANNEL_NAME_MAX + 1];
	struct text channels[CHANNELS_MAX];

	for (size_t i = 0; i < CHANNELS_MAX; i++) {
		memset(names[i], 'x', 252);
		snprintf(names[i] + 252, 4, "%03zu", i);
		channels[CHANNELS_MAX - 1 - i] = text_of(names[i]);
	}
	make(ACCESS_SUBSCRIBE, channels, CHANNELS_MAX, UINT64_MAX);
	ck_assert_str_eq(sig, "-jV6ztBsOpuv5dA3jJQ4eCLGHktmnDdrGYPyjXn3mBs");
}

TEST(a_signature_is_valid_until_it_expires)
{
	make(ACCESS_SUBSCRIBE, &orders, 1, EXPIRES);
	ck_assert_ptr_null(fault(sig, ACCESS_SUBSCRIBE, orders, EXPIRES));
	ck_assert_ptr_null(signature_fault(text_of(sig), &key, ACCESS_SUBSCRIBE,
					   &orders, 1, EXPIRES, EXPIRES - 1));
	assert_says(signature_fault(text_of(sig), &key, ACCESS_SUBSCRIBE,
				    &orders, 1, EXPIRES, EXPIRES),
		    "has expired");
	assert_says(signature_fault(text_of(sig), &key, ACCESS_SUBSCRIBE,
				    &orders, 1, EXPIRES, UINT64_MAX),
		    "has expired");
}

TEST(what_is_signed_for_subscribing_does_not_publish)
{
	make(ACCESS_SUBSCRIBE, &orders, 1, EXPIRES);
	assert_says(fault(sig, ACCESS_PUBLISH, orders, EXPIRES), "not valid");
	make(ACCESS_PUBLISH, &orders, 1, EXPIRES);
	ck_assert_ptr_null(fault(sig, ACCESS_PUBLISH, orders, EXPIRES));
	assert_says(fault(sig, ACCESS_SUBSCRIBE, orders, EXPIRES), "not valid");
}

TEST(a_signature_is_for_its_channels_and_its_expires)
{
	static const struct text two[] = {{"orders-42", 9}, {"news", 4}};

	make(ACCESS_SUBSCRIBE, &orders, 1, EXPIRES);
	assert_says(fault(sig, ACCESS_SUBSCRIBE, text_of("orders-43"), EXPIRES),
		    "not valid");
	assert_says(fault(sig, ACCESS_SUBSCRIBE, text_of("Orders-42"), EXPIRES),
		    "not valid");
	assert_says(fault(sig, ACCESS_SUBSCRIBE, orders, EXPIRES + 1),
		    "not valid");
	assert_says(signature_fault(text_of(sig), &key, ACCESS_SUBSCRIBE, two,
				    2, EXPIRES, NOW),
		    "not valid");
	make(ACCESS_SUBSCRIBE, two, 2, EXPIRES);
	assert_says(fault(sig, ACCESS_SUBSCRIBE, orders, EXPIRES), "not valid");
}

/* Two channels, a and b, have the string of `a<LF>b`. */
TEST(a_channel_with_a_line_end_is_never_signed)
{
	static const struct text two[] = {{"a", 1}, {"b", 1}};

	make(ACCESS_SUBSCRIBE, two, 2, EXPIRES);
	assert_says(fault(sig, ACCESS_SUBSCRIBE, text_of("a\nb"), EXPIRES),
		    "valid channels");
}

TEST(there_are_1_to_32_valid_channels)
{
	struct text channels[CHANNELS_MAX + 1];

	for (size_t i = 0; i <= CHANNELS_MAX; i++)
		channels[i] = orders;
	make(ACCESS_SUBSCRIBE, channels, CHANNELS_MAX, EXPIRES);
	ck_assert_ptr_null(fault(sig, ACCESS_SUBSCRIBE, orders, EXPIRES));
	ck_assert(!signature_make(sig, &key, ACCESS_SUBSCRIBE, channels,
				  CHANNELS_MAX + 1, EXPIRES));
	ck_assert(
	    !signature_make(sig, &key, ACCESS_SUBSCRIBE, NULL, 0, EXPIRES));
	assert_says(signature_fault(text_of(sig), &key, ACCESS_SUBSCRIBE,
				    channels, CHANNELS_MAX + 1, EXPIRES, NOW),
		    "1 to 32");
	assert_says(signature_fault(text_of(sig), &key, ACCESS_SUBSCRIBE, NULL,
				    0, EXPIRES, NOW),
		    "1 to 32");
	channels[1] = text_of("a b");
	ck_assert(
	    !signature_make(sig, &key, ACCESS_SUBSCRIBE, channels, 2, EXPIRES));
}

TEST(a_signature_is_compared_whole)
{
	char other[SIGNATURE_SIZE + 2];

	make(ACCESS_SUBSCRIBE, &orders, 1, EXPIRES);
	for (size_t i = 0; i < SIGNATURE_LEN; i++) {
		strcpy(other, sig);
		other[i] = other[i] == 'A' ? 'B' : 'A';
		assert_says(fault(other, ACCESS_SUBSCRIBE, orders, EXPIRES),
			    "not valid");
	}
	snprintf(other, sizeof(other), "%s=", sig);
	assert_says(fault(other, ACCESS_SUBSCRIBE, orders, EXPIRES),
		    "not valid");
	sig[SIGNATURE_LEN - 1] = '\0';
	assert_says(fault(sig, ACCESS_SUBSCRIBE, orders, EXPIRES), "not valid");
	assert_says(fault("", ACCESS_SUBSCRIBE, orders, EXPIRES), "not valid");
}

/* Its last character has two bits that no byte needs. */
TEST(a_signature_has_one_form)
{
	make(ACCESS_SUBSCRIBE, &orders, 1, EXPIRES);
	ck_assert_int_eq(sig[SIGNATURE_LEN - 1], 'c');
	sig[SIGNATURE_LEN - 1] = 'd';
	assert_says(fault(sig, ACCESS_SUBSCRIBE, orders, EXPIRES), "not valid");
}

TEST(expires_is_at_most_ten_years_ahead)
{
	make(ACCESS_SUBSCRIBE, &orders, 1, NOW + SIGNATURE_TTL_MAX);
	ck_assert_ptr_null(
	    fault(sig, ACCESS_SUBSCRIBE, orders, NOW + SIGNATURE_TTL_MAX));
	make(ACCESS_SUBSCRIBE, &orders, 1, NOW + SIGNATURE_TTL_MAX + 1);
	assert_says(
	    fault(sig, ACCESS_SUBSCRIBE, orders, NOW + SIGNATURE_TTL_MAX + 1),
	    "seconds since 1970");
	make(ACCESS_SUBSCRIBE, &orders, 1, EXPIRES * 1000);
	assert_says(fault(sig, ACCESS_SUBSCRIBE, orders, EXPIRES * 1000),
		    "seconds since 1970");
}

TEST(expires_is_a_canonical_decimal)
{
	static const char *const wrong[] = {"",
					    "01",
					    "-1",
					    "+1",
					    " 1",
					    "1 ",
					    "1.0",
					    "0x1",
					    "1e9",
					    "1s",
					    "18446744073709551616",
					    "\n1",
					    "00",
					    "1\n"};
	uint64_t expires;

	ck_assert(signature_read_expires(&expires, text_of("1800000600")));
	ck_assert_uint_eq(expires, EXPIRES);
	ck_assert(signature_read_expires(&expires, text_of("0")));
	ck_assert_uint_eq(expires, 0);
	ck_assert(
	    signature_read_expires(&expires, text_of("18446744073709551615")));
	ck_assert_uint_eq(expires, UINT64_MAX);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(
		    !signature_read_expires(&expires, text_of(wrong[i])),
		    "\"%s\"", wrong[i]);
	ck_assert(!signature_read_expires(&expires, (struct text){0}));
	ck_assert(!signature_read_expires(&expires, (struct text){"1\0", 2}));
}

TEST(two_secrets_verify_and_the_first_one_signs)
{
	struct secret both = {.count = 2};
	static const char by_old[] =
	    "rajkiFBbBY-fn0ffCp_NRB92SUybV328klj9pS8Q298";

	strcpy(both.texts[0], key.texts[0]);
	strcpy(both.texts[1], OLD);
	ck_assert(
	    signature_make(sig, &both, ACCESS_SUBSCRIBE, &orders, 1, EXPIRES));
	ck_assert_str_eq(sig, "diNnAL0W0ad7zpTiTZXny5fd2nE8LabpQVQo9sM1hoc");
	ck_assert_ptr_null(signature_fault(
	    text_of(sig), &both, ACCESS_SUBSCRIBE, &orders, 1, EXPIRES, NOW));
	ck_assert_ptr_null(signature_fault(text_of(by_old), &both,
					   ACCESS_SUBSCRIBE, &orders, 1,
					   EXPIRES, NOW));
	assert_says(fault(by_old, ACCESS_SUBSCRIBE, orders, EXPIRES),
		    "another secret");
}

TEST(without_a_secret_nothing_is_valid)
{
	static const struct secret none;

	ck_assert(
	    !signature_make(sig, &none, ACCESS_SUBSCRIBE, &orders, 1, EXPIRES));
	assert_says(signature_fault(text_of("diNnAL0W0ad7zpTiTZXny5fd2nE8Labp"
					    "QVQo9sM1hoc"),
				    &none, ACCESS_SUBSCRIBE, &orders, 1,
				    EXPIRES, NOW),
		    "no secret");
}
