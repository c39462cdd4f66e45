/* SPDX-License-Identifier: MIT */
/* shared/conf/conf_channel.c and the [channel "PATTERN"] lines of conf_text.c
 */
#include "config.h"

#include "shared/conf/conf_channel.h"
#include "shared/conf/conf_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/conf/conf_load.h"
#include "shared/conf/conf_print.h"
#include "shared/conf/conf_text.h"
#include "shared/model/rules.h"
#include "tests/unit/suite.h"

static struct conf conf;

static void
read_text(const char *text)
{
	char error[CONF_ERROR_SIZE] = "";

	conf_free(&conf);
	conf_init(&conf);
	ck_assert_msg(conf_read_text(&conf, "push.conf", text, error), "%s",
		      error);
}

static void
assert_error(const char *text, const char *want)
{
	char error[CONF_ERROR_SIZE] = "";

	conf_free(&conf);
	conf_init(&conf);
	ck_assert_msg(!conf_read_text(&conf, "push.conf", text, error),
		      "\"%s\" is accepted", text);
	ck_assert_str_eq(error, want);
	conf_free(&conf);
}

static unsigned int
length_of(const char *channel)
{
	return conf_channel(&conf, text_of(channel)).history_length;
}

static void
assert_prints(const char *text)
{
	char *printed = NULL, *found;
	size_t len;
	FILE *out = open_memstream(&printed, &len);

	read_text(text);
	conf_print(&conf, out);
	fclose(out);
	found = strstr(printed, "\n[channel \"");
	ck_assert_ptr_nonnull(found);
	ck_assert_str_eq(found + 1, text);
	free(printed);
	conf_free(&conf);
}

TEST(a_pattern_is_a_name_or_the_beginning_of_names)
{
	read_text("[channel \"orders-*\"]\nhistory.length = 5\n"
		  "[channel \"news\"]\nhistory.length = 6\n");
	ck_assert_uint_eq(length_of("orders-"), 5);
	ck_assert_uint_eq(length_of("orders-1"), 5);
	ck_assert_uint_eq(length_of("orders"), 1000);
	ck_assert_uint_eq(length_of("my-orders-1"), 1000);
	ck_assert_uint_eq(length_of("news"), 6);
	ck_assert_uint_eq(length_of("news1"), 1000);
	ck_assert_uint_eq(length_of("new"), 1000);
	ck_assert_uint_eq(length_of("News"), 1000);
	conf_free(&conf);
}

TEST(the_first_section_that_matches_applies)
{
	read_text("[channel \"a-1\"]\nhistory.length = 1\n"
		  "[channel \"a-*\"]\nhistory.length = 2\n"
		  "[channel \"a-2\"]\nhistory.length = 3\n"
		  "[channel \"*\"]\nhistory.length = 4\n");
	ck_assert_uint_eq(length_of("a-1"), 1);
	ck_assert_uint_eq(length_of("a-2"), 2);
	ck_assert_uint_eq(length_of("b"), 4);
	conf_free(&conf);
}

TEST(what_a_section_leaves_out_is_as_for_all_channels)
{
	struct channel_conf c;

	read_text("[channel \"a\"]\nretain = last\n"
		  "[channel \"b\"]\nhistory.ttl = 60\n"
		  "[channel \"c*\"]\n"
		  "[channel \"*\"]\nhistory.ttl = 70\n"
		  "[history]\nlength = 50\n");
	c = conf_channel(&conf, text_of("a"));
	ck_assert_int_eq(c.retain, RETAIN_LAST);
	ck_assert_uint_eq(c.history_length, 50);
	ck_assert_uint_eq(c.history_ttl, 86400);
	c = conf_channel(&conf, text_of("b"));
	ck_assert_int_eq(c.retain, RETAIN_NONE);
	ck_assert_uint_eq(c.history_ttl, 60);
	c = conf_channel(&conf, text_of("c"));
	ck_assert_uint_eq(c.history_ttl, 86400);
	conf_free(&conf);
}

TEST(the_environment_changes_what_a_section_leaves_out)
{
	char *environment[] = {(char[]){"PUSHCGI_HISTORY_LENGTH=7"},
			       (char[]){"PUSHCGI_HISTORY_TTL=8"}, NULL};
	char error[CONF_ERROR_SIZE];
	struct channel_conf c;

	read_text("[channel \"a\"]\nhistory.length = 5\n");
	ck_assert(conf_read_environment(&conf, environment, error));
	c = conf_channel(&conf, text_of("a"));
	ck_assert_uint_eq(c.history_length, 5);
	ck_assert_uint_eq(c.history_ttl, 8);
	ck_assert_uint_eq(length_of("b"), 7);
	conf_free(&conf);
}

TEST(without_sections_a_channel_has_the_settings_of_all)
{
	struct channel_conf c;

	conf_init(&conf);
	c = conf_channel(&conf, text_of("a"));
	ck_assert_uint_eq(c.history_length, 1000);
	ck_assert_uint_eq(c.history_ttl, 86400);
	ck_assert_int_eq(c.retain, RETAIN_NONE);
}

TEST(a_header_may_have_spaces_a_byte_order_mark_and_a_comment)
{
	read_text("\xef\xbb\xbf[channel \"a\"]\r\nhistory.length = 1\r\n"
		  "  [ channel\t\"b\" ]\t; ours\nhistory.length = 2\n"
		  "[channel\"c\"]# ours\n\thistory.length: 3 ; three\n");
	ck_assert_uint_eq(length_of("a"), 1);
	ck_assert_uint_eq(length_of("b"), 2);
	ck_assert_uint_eq(length_of("c"), 3);
	conf_free(&conf);
}

TEST(a_pattern_may_have_any_byte_that_a_channel_name_may_have)
{
	read_text("[channel \"a]b\"]\nhistory.length = 1\n"
		  "[channel \"a;b#c\"]\nhistory.length = 2\n"
		  "[channel \"say-\\\"hi\\\"\"]\nhistory.length = 3\n"
		  "[channel \"back\\\\slash\"]\nhistory.length = 4\n"
		  "[channel \"gr\xc3\xbc\xc3\x9f"
		  "e*\"]\nhistory.length = 5\n");
	ck_assert_uint_eq(length_of("a]b"), 1);
	ck_assert_uint_eq(length_of("a;b#c"), 2);
	ck_assert_uint_eq(length_of("say-\"hi\""), 3);
	ck_assert_uint_eq(length_of("back\\slash"), 4);
	ck_assert_uint_eq(length_of("gr\xc3\xbc\xc3\x9f"
				    "e-1"),
			  5);
	conf_free(&conf);
}

TEST(a_pattern_may_be_as_long_as_a_channel_name_and_a_star)
{
	char name[CHANNEL_NAME_MAX + 2], text[400];

	memset(name, 'x', sizeof(name));
	name[CHANNEL_NAME_MAX] = '\0';
	snprintf(text, sizeof(text), "[channel \"%s*\"]\nhistory.length = 5\n",
		 name);
	read_text(text);
	ck_assert_uint_eq(length_of(name), 5);
	name[CHANNEL_NAME_MAX] = 'x';
	snprintf(text, sizeof(text), "[channel \"%.256s*\"]\n", name);
	assert_error(text, "push.conf:1: invalid pattern of a [channel] "
			   "section: A channel name must not be longer than "
			   "255 bytes.");
}

TEST(a_wrong_pattern_is_an_error_that_names_the_rule)
{
	assert_error("\n[channel \"a*b\"]\n",
		     "push.conf:2: invalid pattern of a [channel] section: * "
		     "may stand only at the end of a pattern.");
	assert_error("[channel \"a**\"]\n",
		     "push.conf:1: invalid pattern of a [channel] section: * "
		     "may stand only at the end of a pattern.");
	assert_error("[channel \"\"]\n",
		     "push.conf:1: invalid pattern of a [channel] section: A "
		     "channel name must not be empty.");
	assert_error("[channel \"a b\"]\n",
		     "push.conf:1: invalid pattern of a [channel] section: A "
		     "channel name must not contain spaces.");
	assert_error("[channel \"\xff\"]\n",
		     "push.conf:1: invalid pattern of a [channel] section: A "
		     "channel name must be UTF-8.");
}

TEST(a_header_without_a_quoted_pattern_is_an_error)
{
	static const char *const wrong[] = {
	    "[channel news]",	     "[channel \"news]",
	    "[channel \"news\"",     "[channel \"news\"] length = 5",
	    "[channel \"a\" \"b\"]", "[channel \"a\\b\"]",
	    "[channel \"a\\\"]",     "[channel ]",
	    "[channel 'news']",	     "[channel \"news\\",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_error(wrong[i],
			     "push.conf:1: expected [channel \"PATTERN\"] and "
			     "nothing after it; in the quotes, write \" as "
			     "\\\" and \\ as \\\\");
}

TEST(a_wrong_setting_in_a_section_is_an_error)
{
	assert_error("[channel \"a\"]\nhistory.length = many\n",
		     "push.conf:2: history.length = \"many\": expected an "
		     "integer from 0 to 1000000 (messages)");
	assert_error("[channel \"a\"]\nretain = all\n",
		     "push.conf:2: retain = \"all\": expected one of none, "
		     "last");
	assert_error("[channel \"a\"]\nlength = 5\n",
		     "push.conf:2: unknown setting \"length\" in a [channel "
		     "\"PATTERN\"] section; did you mean "
		     "\"history.length\"?");
	assert_error("[channel]\nretain = last\n",
		     "push.conf:2: unknown setting \"retain\" in section "
		     "[channel]: expected one of presence, or a section "
		     "[channel \"PATTERN\"]");
}

TEST(presence_is_off_unless_all_channels_or_a_section_set_it)
{
	read_text("");
	ck_assert(!conf_has_presence(&conf));
	read_text("[channel \"a\"]\npresence = list\n"
		  "[channel \"b\"]\npresence = off\n");
	ck_assert(conf_has_presence(&conf));
	ck_assert_int_eq(conf_channel(&conf, text_of("a")).presence,
			 PRESENCE_LIST);
	ck_assert_int_eq(conf_channel(&conf, text_of("b")).presence,
			 PRESENCE_OFF);
	ck_assert_int_eq(conf_channel(&conf, text_of("c")).presence,
			 PRESENCE_OFF);
	read_text("[channel]\npresence = count\n"
		  "[channel \"b\"]\npresence = off\n");
	ck_assert_int_eq(conf_channel(&conf, text_of("c")).presence,
			 PRESENCE_COUNT);
}

TEST(a_section_may_gather_messages_or_not)
{
	read_text("[hold]\ngather = 50\n"
		  "[channel \"a\"]\ngather = 0\n");
	ck_assert_uint_eq(conf_channel(&conf, text_of("a")).gather, 0);
	ck_assert_uint_eq(conf_channel(&conf, text_of("b")).gather, 50);
}

TEST(a_setting_stands_once_in_a_section)
{
	assert_error("[channel \"a\"]\nretain = last\n[channel \"b\"]\n"
		     "retain = last\nhistory.ttl = 5\nretain = none\n",
		     "push.conf:6: duplicate setting retain, first set on line "
		     "4");
}

TEST(a_pattern_stands_once)
{
	assert_error("[channel \"a*\"]\n[channel \"a\"]\n[channel \"a*\"]\n",
		     "push.conf:3: duplicate [channel] section, first on line "
		     "1");
}

TEST(a_section_ends_at_the_next)
{
	read_text("[channel \"a\"]\nhistory.length = 5\n"
		  "[history]\nlength = 6\n");
	ck_assert_uint_eq(length_of("a"), 5);
	ck_assert_uint_eq(length_of("b"), 6);
	assert_error("[channel \"a\"]\n[log]\nretain = last\n",
		     "push.conf:3: unknown setting \"retain\" in section "
		     "[log]: expected one of level, to, time");
}

TEST(there_are_at_most_1000_sections)
{
	char line[60];
	struct buf text;

	buf_init(&text, 65536);
	for (int i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line),
			 "[channel \"c%d\"]\nhistory.length=%d\n", i, i);
		buf_put(&text, line, strlen(line));
	}
	buf_putc(&text, '\0');
	read_text(text.bytes);
	ck_assert_uint_eq(length_of("c0"), 0);
	ck_assert_uint_eq(length_of("c999"), 999);
	text.len--;
	buf_put(&text, "[channel \"c\"]\n", 15);
	assert_error(text.bytes,
		     "push.conf:2001: more than 1000 [channel] sections");
	buf_free(&text);
}

TEST(sections_are_printed_as_they_are_written)
{
	assert_prints("[channel \"orders-*\"]\nhistory.length = 100\n"
		      "history.ttl = 60\nretain = last\n\n"
		      "[channel \"say-\\\"hi\\\"\\\\]\"]\nretain = none\n\n"
		      "[channel \"*\"]\n");
}

/* --- access --------------------------------------------------------------- */

static struct channel_conf
conf_of(const char *channel)
{
	return conf_channel(&conf, text_of(channel));
}

TEST(a_section_says_who_may_subscribe_and_publish)
{
	read_text("[channel \"user-*\"]\nsubscribe = user token\n"
		  "publish = none\n"
		  "[channel \"open\"]\nsubscribe = any\n"
		  "[channel \"*\"]\n"
		  "[access]\nsubscribe = redirect\npublish = token\n");
	ck_assert_uint_eq(conf_of("user-1").subscribe, WHO_USER | WHO_TOKEN);
	ck_assert_uint_eq(conf_of("user-1").publish, 0);
	ck_assert_uint_eq(conf_of("open").subscribe, WHO_ANY);
	ck_assert_uint_eq(conf_of("open").publish, WHO_TOKEN);
	ck_assert_uint_eq(conf_of("other").subscribe, WHO_REDIRECT);
	ck_assert_uint_eq(conf_of("other").publish, WHO_TOKEN);
	conf_free(&conf);
}

/* 0 is "none", and also what is not set. */
TEST(none_of_a_section_is_not_what_all_channels_have)
{
	read_text("[channel \"a\"]\nsubscribe = none\npublish = none\n"
		  "[access]\npublish = any\n");
	ck_assert_uint_eq(conf_of("a").subscribe, 0);
	ck_assert_uint_eq(conf_of("a").publish, 0);
	ck_assert_uint_eq(conf_of("b").subscribe, WHO_ANY);
	ck_assert_uint_eq(conf_of("b").publish, WHO_ANY);
	conf_free(&conf);
}

TEST(a_wrong_word_in_a_section_is_an_error_that_lists_the_words)
{
	assert_error("[channel \"a\"]\nsubscribe = loopback\n",
		     "push.conf:2: subscribe = \"loopback\": expected one or "
		     "more of any, none, user, token, redirect, separated by "
		     "spaces; none stands alone");
	assert_error("[channel \"a\"]\npublish = redirect\n",
		     "push.conf:2: publish = \"redirect\": expected one or "
		     "more of any, none, user, token, loopback, separated by "
		     "spaces; none stands alone");
}

TEST(who_is_printed_in_its_section)
{
	assert_prints("[channel \"a-*\"]\nsubscribe = user token\n"
		      "publish = none\n");
}

static void
assert_star(const char *channel, const char *want)
{
	struct text star = {NULL, 0};

	ck_assert_msg(
	    conf_channel_star(&conf, text_of(channel),
			      offsetof(struct channel_conf, subscribe),
			      &star) == (want != NULL),
	    "%s", channel);
	ck_assert(want == NULL || text_is(star, want));
}

TEST(the_star_is_the_rest_of_the_channel)
{
	read_text("[channel \"user-root\"]\nsubscribe = user\n"
		  "[channel \"user-*\"]\nsubscribe = user\n");
	assert_star("user-alice", "alice");
	assert_star("user-", "");
	assert_star("user-a-b", "a-b");
	assert_star("user-root", NULL);
	assert_star("news", NULL);
	conf_free(&conf);
	read_text("[channel \"*\"]\nsubscribe = user\n");
	assert_star("news", "news");
	conf_free(&conf);
}

TEST(the_star_is_of_the_section_that_sets_the_rule)
{
	read_text("[channel \"room-*\"]\nhistory.length = 10\n"
		  "[channel \"from-*\"]\npublish = user\n"
		  "[channel \"*\"]\nsubscribe = user\n");
	assert_star("room-1", NULL);
	assert_star("from-alice", NULL);
	assert_star("news", "news");
	conf_free(&conf);
}

TEST(publish_ways_are_those_of_any_channel)
{
	read_text("[access]\npublish = none\n");
	ck_assert_uint_eq(conf_publish_ways(&conf), 0);
	read_text("[access]\npublish = loopback\n"
		  "[channel \"a\"]\npublish = user\n"
		  "[channel \"b\"]\npublish = none\n"
		  "[channel \"c\"]\nsubscribe = redirect\n"
		  "[channel \"d\"]\npublish = token user\n");
	ck_assert_uint_eq(conf_publish_ways(&conf),
			  WHO_LOOPBACK | WHO_USER | WHO_TOKEN);
	conf_free(&conf);
}
