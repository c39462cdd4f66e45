/* SPDX-License-Identifier: MIT */
/* shared/access/access.c */
#include "config.h"

#include "shared/access/access.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "shared/conf/conf_load.h"
#include "shared/conf/conf_set.h"
#include "shared/conf/conf_text.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/hs256.h"
#include "tests/unit/suite.h"

TESTS_NEED_PROCESSES

#define NOW FAKE_CLOCK_UNIX
#define KEYS                                                                   \
	"[access]\nsecret = 0123456789abcdef\njwt_key = " HS256_SECRET "\n"    \
	"publish_secret = fedcba9876543210\n"

static char alice[] = "alice";

static struct conf conf;
static struct access_keys keys;
static struct credentials c;
static struct access_result result;
static struct problem problem;

/* --- settings and requests ------------------------------------------------ */

/* What follows `text` belongs to the section [access]. */
static void
open_with(const char *before, const char *text)
{
	char error[CONF_ERROR_SIZE], fault[SECRET_FAULT_SIZE], all[2000];

	snprintf(all, sizeof(all), "%s%s", before, text);
	memset(&c, 0, sizeof(c));
	conf_init(&conf);
	ck_assert_msg(conf_read_text(&conf, "push.conf", all, error), "%s",
		      error);
	ck_assert_msg(access_keys_open(&keys, &conf, fault), "%s", fault);
}

static void
open_rules(const char *text)
{
	open_with(KEYS, text);
}

static void
close_all(void)
{
	token_unref(c.token);
	access_keys_close(&keys);
	conf_free(&conf);
}

/* The channels of a text, separated by spaces. */
static size_t
split(struct text channels[CHANNELS_MAX], const char *names)
{
	struct text rest = text_of(names);
	size_t count = 0;

	while (text_cut(&rest, ' ', &channels[count]))
		count++;
	channels[count++] = rest;
	return count;
}

static bool
may(enum access_right right, const char *names)
{
	struct text channels[CHANNELS_MAX];
	const struct access_request request = {.right = right,
					       .channels = channels,
					       .count = split(channels, names)};

	memset(&problem, 0, sizeof(problem));
	return access_may(&result, &keys, &conf, &c, &request, &problem);
}

static bool
may_read(const char *names)
{
	return may(ACCESS_SUBSCRIBE, names);
}

static bool
may_publish(const char *name)
{
	memset(&problem, 0, sizeof(problem));
	return access_may_publish(&keys, &conf, &c, text_of(name), &problem);
}

/* It shows a signature of these. */
static void
sign(enum access_right right, const char *names, uint64_t expires)
{
	struct text channels[CHANNELS_MAX];
	size_t count = split(channels, names);

	ck_assert(
	    signature_make(c.sig, &keys.sign, right, channels, count, expires));
	c.sig_expires = expires;
}

/* It shows a token with these claims, in JSON. */
static void
show(const char *subscribe, const char *publish, uint64_t exp)
{
	char payload[400], expires[40] = "";

	if (exp > 0)
		snprintf(expires, sizeof(expires), "\"exp\":%llu,",
			 (unsigned long long)exp);
	snprintf(payload, sizeof(payload),
		 "{%s\"mercure\":{\"subscribe\":[%s],\"publish\":[%s]}}",
		 expires, subscribe, publish);
	token_unref(c.token);
	c.token = token_verify(keys.tokens, text_of(hs256(payload)), &c.fault);
	ck_assert_msg(c.token != NULL, "%s", c.fault);
}

static void
assert_refused(unsigned int status, const char *part)
{
	ck_assert_uint_eq(problem.status, status);
	ck_assert_msg(strstr(problem.detail, part) != NULL, "%s",
		      problem.detail);
	ck_assert_msg(strstr(problem.detail, "..") == NULL, "%s",
		      problem.detail);
	ck_assert_int_eq(problem.authenticate != NULL, status == 401);
}

/* --- any and none --------------------------------------------------------- */

TEST(any_needs_nothing_and_is_open)
{
	open_rules("subscribe = any\npublish = any\n");
	ck_assert(may_read("news"));
	ck_assert(result.is_open);
	ck_assert_uint_eq(result.expires, 0);
	ck_assert(may_publish("news"));
	close_all();
}

TEST(any_is_enough_for_who_shows_what_is_wrong)
{
	open_rules("subscribe = any\n");
	c.fault = "The token is wrong.";
	ck_assert(may_read("news"));
	close_all();
}

TEST(none_is_403_whatever_is_shown)
{
	open_rules("subscribe = none\npublish = none\n");
	c.user = alice;
	c.is_redirected = c.is_loopback = c.is_publisher = true;
	show("\"*\"", "\"*\"", 0);
	sign(ACCESS_SUBSCRIBE, "news", NOW + 10);
	ck_assert(!may_read("news"));
	assert_refused(403, "Nobody may subscribe to news");
	ck_assert(!may_publish("news"));
	assert_refused(403, "Nobody may publish to news");
	close_all();
}

/* --- the user ------------------------------------------------------------- */

TEST(user_needs_a_user)
{
	open_rules("subscribe = user\n");
	ck_assert(!may_read("news"));
	assert_refused(401, "To subscribe to news takes a login");
	c.user = alice;
	ck_assert(may_read("news"));
	ck_assert(!result.is_open);
	ck_assert_uint_eq(result.expires, 0);
	close_all();
}

TEST(what_the_star_stands_for_is_the_user)
{
	open_rules("[channel \"user-*\"]\nsubscribe = user\n");
	c.user = alice;
	ck_assert(may_read("user-alice"));
	ck_assert(!may_read("user-bob"));
	assert_refused(403, "You may not subscribe to user-bob");
	ck_assert(!may_read("user-"));
	ck_assert(!may_read("user-alice2"));
	ck_assert(!may_read("user-Alice"));
	ck_assert(may_read("other"));
	close_all();
}

TEST(a_pattern_without_a_star_is_for_any_user)
{
	open_rules("[channel \"staff\"]\nsubscribe = user\n");
	ck_assert(!may_read("staff"));
	c.user = alice;
	ck_assert(may_read("staff"));
	close_all();
}

TEST(a_section_that_does_not_set_the_rule_does_not_say_which_user)
{
	open_rules("subscribe = user\npublish = user\n"
		   "[channel \"room-*\"]\nhistory.length = 10\n"
		   "[channel \"from-*\"]\npublish = user\n");
	c.user = alice;
	ck_assert(may_read("room-1"));
	ck_assert(may_publish("room-1"));
	ck_assert(may_read("from-bob"));
	ck_assert(!may_publish("from-bob"));
	close_all();
}

TEST(the_star_counts_for_publishing_too)
{
	open_rules("publish = none\n"
		   "[channel \"from-*\"]\npublish = user\n");
	c.user = alice;
	ck_assert(may_publish("from-alice"));
	ck_assert(!may_publish("from-bob"));
	close_all();
}

TEST(only_a_login_helps_where_the_rule_is_user)
{
	open_rules("subscribe = user\n");
	show("\"*\"", "", 0);
	c.is_redirected = c.is_loopback = c.is_publisher = true;
	sign(ACCESS_SUBSCRIBE, "news", NOW + 10);
	ck_assert(!may_read("news"));
	assert_refused(401, "a login at this site");
	close_all();
}

/* --- tokens --------------------------------------------------------------- */

TEST(a_token_is_for_the_channels_that_it_lists)
{
	open_rules("subscribe = token\n");
	ck_assert(!may_read("orders-1"));
	assert_refused(401, "To subscribe to orders-1 takes a token or a "
			    "signed URL");
	show("\"orders-{id}\",\"news\"", "", 0);
	ck_assert(may_read("orders-1"));
	ck_assert(may_read("news"));
	ck_assert(!result.is_open);
	ck_assert(!may_read("sport"));
	assert_refused(403, "You may not subscribe to sport");
	close_all();
}

TEST(a_token_that_reads_does_not_publish)
{
	open_rules("subscribe = token\npublish = token\n");
	show("\"*\"", "", 0);
	ck_assert(may_read("news"));
	ck_assert(!may_publish("news"));
	assert_refused(403, "You may not publish to news");
	show("", "\"*\"", 0);
	ck_assert(may_publish("news"));
	ck_assert(!may_read("news"));
	close_all();
}

TEST(only_a_token_helps_where_the_rule_is_token)
{
	open_rules("subscribe = token\n");
	c.user = alice;
	c.is_redirected = c.is_loopback = true;
	ck_assert(!may_read("news"));
	assert_refused(401, "a token or a signed URL");
	close_all();
}

TEST(a_wrong_token_is_401_with_its_fault)
{
	open_rules("subscribe = token\n");
	c.fault = "The token is wrong.";
	ck_assert(!may_read("news"));
	assert_refused(401, "The token is wrong.");
	ck_assert_str_eq(problem.authenticate,
			 "Bearer realm=\"push\", error=\"invalid_token\"");
	close_all();
}

TEST(without_a_token_the_challenge_names_no_error)
{
	open_rules("subscribe = token\n");
	ck_assert(!may_read("news"));
	ck_assert_str_eq(problem.authenticate, "Bearer realm=\"push\"");
	close_all();
}

TEST(where_no_token_helps_the_challenge_asks_for_none)
{
	open_rules("subscribe = user\n");
	c.fault = "The token is wrong.";
	ck_assert(!may_read("news"));
	assert_refused(401, "a login at this site");
	ck_assert_str_eq(problem.authenticate, "Login realm=\"push\"");
	ck_assert_ptr_null(strstr(problem.detail, c.fault));
	close_all();
}

/* It was valid when the WebSocket was opened. */
TEST(a_token_that_has_expired_since_is_401)
{
	open_rules("subscribe = token\npublish = token\n");
	show("\"*\"", "\"*\"", NOW + 10);
	ck_assert(may_read("news"));
	ck_assert(may_publish("news"));
	fake_clock_advance(60 * 1000);
	ck_assert(!may_read("news"));
	assert_refused(401, "The token has expired");
	ck_assert(!may_publish("news"));
	assert_refused(401, "The token has expired");
	ck_assert(!access_may_publish_at_all(&conf, &c, &problem));
	close_all();
}

/* --- signatures ----------------------------------------------------------- */

TEST(a_signature_is_for_exactly_its_channels)
{
	open_rules("subscribe = token\n");
	sign(ACCESS_SUBSCRIBE, "a b", NOW + 10);
	ck_assert(may_read("a b"));
	ck_assert(!may_read("a"));
	assert_refused(401, "The signature is not valid");
	ck_assert(!may_read("b"));
	ck_assert(!may_read("a b c"));
	ck_assert(!may_read("a c"));
	ck_assert(!may_read("ab"));
	close_all();
}

TEST(what_is_signed_for_reading_never_publishes)
{
	open_rules("subscribe = token\npublish = token\n");
	sign(ACCESS_SUBSCRIBE, "news", NOW + 10);
	ck_assert(may_read("news"));
	ck_assert(!may_publish("news"));
	assert_refused(401, "The signature is not valid");
	sign(ACCESS_PUBLISH, "news", NOW + 10);
	ck_assert(may_publish("news"));
	ck_assert(!may_read("news"));
	close_all();
}

TEST(expires_is_signed_too)
{
	open_rules("subscribe = token\n");
	sign(ACCESS_SUBSCRIBE, "news", NOW + 10);
	c.sig_expires++;
	ck_assert(!may_read("news"));
	assert_refused(401, "The signature is not valid");
	close_all();
}

TEST(an_expired_signature_says_so)
{
	open_rules("subscribe = token\n");
	sign(ACCESS_SUBSCRIBE, "news", NOW + 10);
	fake_clock_advance(9 * 1000);
	ck_assert(may_read("news"));
	fake_clock_advance(1000);
	ck_assert(!may_read("news"));
	assert_refused(401, "The signature has expired.");
	ck_assert_str_eq(problem.authenticate,
			 "Bearer realm=\"push\", error=\"invalid_token\"");
	close_all();
}

TEST(without_a_secret_nothing_is_signed)
{
	open_rules("subscribe = token\n");
	sign(ACCESS_SUBSCRIBE, "news", NOW + 10);
	secret_close(&keys.sign);
	ck_assert(!may_read("news"));
	assert_refused(401, "access.secret_file");
	close_all();
}

TEST(open_channels_need_not_be_signed)
{
	open_rules("[channel \"orders-*\"]\nsubscribe = token\n");
	sign(ACCESS_SUBSCRIBE, "orders-1", NOW + 10);
	ck_assert(may_read("news"));
	ck_assert(may_read("orders-1"));
	ck_assert(!may_read("news orders-1")); /* those are signed together */
	close_all();
}

/* --- the publish secret --------------------------------------------------- */

TEST(the_publish_secret_publishes_and_does_not_read)
{
	open_rules("subscribe = token\npublish = token\n");
	ck_assert(!may_publish("news"));
	c.is_publisher = true;
	ck_assert(may_publish("news"));
	ck_assert_uint_eq(result.expires, 0);
	ck_assert(!may_read("news"));
	assert_refused(403, "You may not subscribe to news");
	close_all();
}

TEST(the_publish_secret_counts_only_where_the_rule_is_token)
{
	open_rules("publish = user loopback\n");
	c.is_publisher = true;
	ck_assert(!may_publish("news"));
	close_all();
}

/* --- redirect and loopback ------------------------------------------------ */

TEST(redirect_needs_a_redirect)
{
	open_rules("subscribe = redirect\n");
	c.user = alice;
	c.is_loopback = true;
	show("\"*\"", "", 0);
	ck_assert(!may_read("news"));
	assert_refused(403, "To subscribe to news takes a redirect by a "
			    "script of this site");
	c.is_redirected = true;
	ck_assert(may_read("news"));
	ck_assert(!result.is_open);
	close_all();
}

TEST(a_redirect_does_not_publish)
{
	open_rules("publish = token\n");
	c.is_redirected = true;
	ck_assert(!may_publish("news"));
	close_all();
}

TEST(loopback_needs_a_program_on_this_machine)
{
	open_rules("publish = loopback\n");
	c.user = alice;
	c.is_redirected = c.is_publisher = true;
	ck_assert(!may_publish("news"));
	assert_refused(403, "To publish to news takes a program on this "
			    "machine");
	c.is_loopback = true;
	ck_assert(may_publish("news"));
	close_all();
}

/* --- several ways --------------------------------------------------------- */

TEST(one_of_several_ways_is_enough)
{
	open_rules("subscribe = user token redirect\n");
	ck_assert(!may_read("news"));
	assert_refused(401, "a token, or another way");
	c.user = alice;
	ck_assert(may_read("news"));
	c.user = NULL;
	c.is_redirected = true;
	ck_assert(may_read("news"));
	c.is_redirected = false;
	show("\"news\"", "", 0);
	ck_assert(may_read("news"));
	close_all();
}

TEST(user_or_token_names_both)
{
	open_rules("subscribe = user token\n");
	ck_assert(!may_read("news"));
	assert_refused(401, "a login, a token or a signed URL");
	close_all();
}

TEST(the_first_section_that_matches_is_the_rule)
{
	open_rules("subscribe = none\n"
		   "[channel \"a-1\"]\nsubscribe = any\n"
		   "[channel \"a-*\"]\nsubscribe = user\n"
		   "[channel \"a-2\"]\nsubscribe = any\n");
	ck_assert(may_read("a-1"));
	ck_assert(!may_read("a-2"));
	assert_refused(401, "a login");
	ck_assert(!may_read("b"));
	assert_refused(403, "Nobody");
	close_all();
}

/* --- several channels ----------------------------------------------------- */

TEST(a_request_with_one_forbidden_channel_is_refused_and_names_it)
{
	open_rules("[channel \"b\"]\nsubscribe = token\n"
		   "[channel \"d\"]\nsubscribe = none\n");
	ck_assert(may_read("a c"));
	ck_assert(!may_read("a b c"));
	assert_refused(401, "To subscribe to b takes");
	ck_assert(!may_read("a c d"));
	assert_refused(403, "Nobody may subscribe to d");
	close_all();
}

TEST(it_is_open_only_if_all_channels_are)
{
	open_rules("[channel \"b\"]\nsubscribe = user\n");
	c.user = alice;
	ck_assert(may_read("a c"));
	ck_assert(result.is_open);
	ck_assert(may_read("a b"));
	ck_assert(!result.is_open);
	close_all();
}

TEST(a_long_name_leaves_room_for_the_fault)
{
	char name[CHANNEL_NAME_MAX + 1];

	memset(name, 'x', CHANNEL_NAME_MAX);
	name[CHANNEL_NAME_MAX] = '\0';
	open_rules("subscribe = user token\n");
	sign(ACCESS_SUBSCRIBE, "news", NOW + 10);
	ck_assert(!may_read(name));
	assert_refused(401, "or another expires.");
	close_all();
}

/* --- when it ends --------------------------------------------------------- */

TEST(it_ends_when_the_earliest_right_ends)
{
	open_rules("subscribe = token\n[channel \"open\"]\nsubscribe = any\n"
		   "[channel \"mine\"]\nsubscribe = user token\n");
	c.user = alice;
	sign(ACCESS_SUBSCRIBE, "a mine open", NOW + 50);
	ck_assert(may_read("a mine open"));
	ck_assert_uint_eq(result.expires, NOW + 50);
	ck_assert_uint_eq(result.each[0], NOW + 50);
	ck_assert_uint_eq(result.each[1], 0);
	ck_assert_uint_eq(result.each[2], 0);
	close_all();
}

TEST(of_token_and_signature_the_later_counts)
{
	uint64_t by_token;

	open_rules("subscribe = token\n");
	show("\"a\"", "", NOW + 500);
	by_token = token_expires(c.token);
	ck_assert_uint_ge(by_token, NOW + 500);
	ck_assert(may_read("a"));
	ck_assert_uint_eq(result.expires, by_token);
	sign(ACCESS_SUBSCRIBE, "a", NOW + 50);
	ck_assert(may_read("a"));
	ck_assert_uint_eq(result.expires, by_token);
	sign(ACCESS_SUBSCRIBE, "a b", NOW + 50);
	ck_assert(may_read("a b"));
	ck_assert_uint_eq(result.each[0], by_token);
	ck_assert_uint_eq(result.each[1], NOW + 50);
	ck_assert_uint_eq(result.expires, NOW + 50);
	sign(ACCESS_SUBSCRIBE, "a", NOW + 5000);
	ck_assert(may_read("a"));
	ck_assert_uint_eq(result.expires, NOW + 5000);
	show("\"a\"", "", 0);
	ck_assert(may_read("a"));
	ck_assert_uint_eq(result.expires, 0);
	close_all();
}

/* --- before the channel is known ------------------------------------------ */

static bool
may_at_all(void)
{
	memset(&problem, 0, sizeof(problem));
	return access_may_publish_at_all(&conf, &c, &problem);
}

TEST(who_shows_nothing_publishes_to_no_channel)
{
	open_rules("publish = token\n");
	ck_assert(!may_at_all());
	assert_refused(401, "To publish to any channel takes a token or a "
			    "signed URL");
	c.user = alice;
	c.is_loopback = c.is_redirected = true;
	ck_assert(!may_at_all());
	close_all();
}

TEST(who_shows_one_of_the_ways_may_publish_to_some_channel)
{
	open_rules("publish = none\n[channel \"a\"]\npublish = token\n"
		   "[channel \"b-*\"]\npublish = user loopback\n");
	ck_assert(!may_at_all());
	c.is_publisher = true;
	ck_assert(may_at_all());
	c.is_publisher = false;
	c.user = alice;
	ck_assert(may_at_all());
	c.user = NULL;
	c.is_loopback = true;
	ck_assert(may_at_all());
	c.is_loopback = false;
	sign(ACCESS_PUBLISH, "a", NOW + 10);
	ck_assert(may_at_all());
	c.sig[0] = '\0';
	show("", "\"a\"", 0);
	ck_assert(may_at_all());
	close_all();
}

TEST(with_an_open_channel_anybody_may_publish_to_some_channel)
{
	open_rules("publish = none\n");
	ck_assert(!may_at_all());
	assert_refused(403, "Nobody may publish to any channel");
	close_all();
	open_rules("publish = none\n[channel \"a\"]\npublish = any\n");
	ck_assert(may_at_all());
	close_all();
}

TEST(with_loopback_alone_others_are_403)
{
	open_rules("publish = loopback\n");
	ck_assert(!may_at_all());
	assert_refused(403, "a program on this machine");
	close_all();
}

/* --- the keys ------------------------------------------------------------- */

TEST(a_wrong_key_of_tokens_is_found_before_the_first_token)
{
	open_with("[access]\n", "jwt_key_file = /nonexistent/key\n");
	ck_assert(!access_keys_check(&keys));
	close_all();
}

TEST(keys_that_are_good_or_none_have_no_fault)
{
	open_with("[access]\n", "jwt_key = 0123456789abcdef0123456789abcdef\n");
	ck_assert(access_keys_check(&keys));
	close_all();
	open_with("[access]\n", "");
	ck_assert(access_keys_check(&keys));
	close_all();
}

/* --- the status ----------------------------------------------------------- */

static bool
may_read_status(const char *rule)
{
	open_rules(rule);
	return access_may_read_status(&conf, &c, &problem);
}

TEST(by_default_the_status_is_for_programs_of_this_machine)
{
	ck_assert(!may_read_status(""));
	ck_assert_uint_eq(problem.status, 403);
	ck_assert_str_eq(problem.detail,
			 "To read the status takes a program on this machine "
			 "(access.status).");
	c.is_loopback = true;
	ck_assert(access_may_read_status(&conf, &c, &problem));
	close_all();
}

TEST(with_none_nobody_may_read_the_status)
{
	ck_assert(!may_read_status("status = none\n"));
	c.is_loopback = true;
	ck_assert(!access_may_read_status(&conf, &c, &problem));
	ck_assert_uint_eq(problem.status, 403);
	close_all();
}

TEST(a_user_may_read_the_status_if_users_may)
{
	ck_assert(!may_read_status("status = user loopback\n"));
	ck_assert_uint_eq(problem.status, 401);
	ck_assert_ptr_nonnull(problem.authenticate);
	c.user = alice;
	ck_assert(access_may_read_status(&conf, &c, &problem));
	close_all();
}

TEST(a_token_reads_the_status_only_if_it_is_for_all_channels)
{
	ck_assert(!may_read_status("status = token\n"));
	ck_assert_uint_eq(problem.status, 401);
	show("\"news\",\"{x}\"", "", 0);
	ck_assert(!access_may_read_status(&conf, &c, &problem));
	ck_assert_uint_eq(problem.status, 403);
	close_all();

	ck_assert(!may_read_status("status = token\n"));
	show("\"*\"", "", 0);
	ck_assert(access_may_read_status(&conf, &c, &problem));
	close_all();
}
