/* SPDX-License-Identifier: MIT */
/* commands/push-token-url.c. The signatures are made by Python's hmac. */
#include "config.h"

#include "commands/push-token-url.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/model/rules.h"
#include "tests/unit/suite.h"

#define SIGNED                                                                 \
	"channel=orders-42&expires=1800000600&"                                \
	"sig=diNnAL0W0ad7zpTiTZXny5fd2nE8LabpQVQo9sM1hoc"

static const struct secret key = {.texts = {"0123456789abcdef"}, .count = 1};

static void
assert_prints(const struct push_token_options *o, const char *want)
{
	struct buf out;

	buf_init(&out, PUSH_TOKEN_PARAMETERS_MAX +
			   (o->url == NULL ? 0 : strlen(o->url)));
	ck_assert(push_token_url(&out, o, &key, 1800000000));
	suite_assert_bytes(&out, want);
	buf_free(&out);
}

static void
assert_url(const char *url, const char *want)
{
	struct push_token_options o = {.url = url,
				       .channels = {"orders-42"},
				       .channel_count = 1,
				       .ttl = 600};

	if (url != NULL)
		ck_assert_ptr_null(push_token_url_fault(url));
	assert_prints(&o, want);
}

static void
assert_fault(const char *url, const char *part)
{
	const char *fault = push_token_url_fault(url);

	ck_assert_msg(fault != NULL && strstr(fault, part) != NULL, "%s: %s",
		      url, fault == NULL ? "accepted" : fault);
}

TEST(the_parameters_become_the_query_of_a_url)
{
	assert_url("/push/sse", "/push/sse?" SIGNED);
	assert_url("https://push.example/push/sse",
		   "https://push.example/push/sse?" SIGNED);
	assert_url("", "?" SIGNED);
}

TEST(a_query_is_continued)
{
	assert_url("/push/sse?envelope=json",
		   "/push/sse?envelope=json&" SIGNED);
	assert_url("/push/sse?envelope=json&",
		   "/push/sse?envelope=json&" SIGNED);
	assert_url("/push/sse?", "/push/sse?" SIGNED);
	assert_url("/push/sse?a=?", "/push/sse?a=?&" SIGNED);
	assert_url("/push/sse?a=b?", "/push/sse?a=b?&" SIGNED);
}

TEST(a_fragment_stays_at_the_end)
{
	assert_url("/push/sse#x", "/push/sse?" SIGNED "#x");
	assert_url("/push/sse?a=1#x?y", "/push/sse?a=1&" SIGNED "#x?y");
	assert_url("#", "?" SIGNED "#");
}

TEST(without_a_url_there_are_only_the_parameters)
{
	assert_url(NULL, SIGNED);
}

TEST(a_channel_is_percent_encoded_but_signed_as_it_is)
{
	const struct push_token_options o = {
	    .url = "/push/sse",
	    .channels = {"b", "a&b=c+d%", "\xc3\xa9/~"},
	    .channel_count = 3,
	    .ttl = 600};

	assert_prints(&o, "/push/sse?channel=b&channel=a%26b%3Dc%2Bd%25&"
			  "channel=%C3%A9%2F~&expires=1800000600&"
			  "sig=XhVY4_D_rhAnm6k-mokDm5WJKK0F3FnZmPTV6Er7jVk");
}

TEST(the_longest_url_fits)
{
	char name[CHANNEL_NAME_MAX + 1] = "";
	struct push_token_options o = {
	    .url = "/", .channel_count = CHANNELS_MAX, .ttl = 316224000};
	struct buf out;

	memset(name, '/', CHANNEL_NAME_MAX);
	for (size_t i = 0; i < CHANNELS_MAX; i++)
		o.channels[i] = name;
	buf_init(&out, PUSH_TOKEN_PARAMETERS_MAX + strlen(o.url));
	ck_assert(push_token_url(&out, &o, &key, 9999999999));
	ck_assert(buf_ok(&out));
	buf_free(&out);
}

TEST(a_url_with_a_parameter_of_a_signed_request_is_refused)
{
	assert_fault("/push/sse?channel=a", "--channel");
	assert_fault("/push/sse?a=1&sig=", "--channel");
	assert_fault("/push/sse?expires", "--channel");
	assert_fault("/push/sse?ch%61nnel=a", "--channel");
	assert_url("/channel=a?x=channel#?sig=1",
		   "/channel=a?x=channel&" SIGNED "#?sig=1");
}

TEST(a_url_has_no_spaces_and_no_control_characters)
{
	assert_fault("/push sse", "spaces");
	assert_fault("/push\nsse", "control");
	assert_fault("/push\x7f", "control");
	ck_assert_ptr_null(push_token_url_fault("/\xc3\xa9"));
}
