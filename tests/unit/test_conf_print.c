/* SPDX-License-Identifier: MIT */
/* shared/conf/conf_print.c */
#include "config.h"

#include "shared/conf/conf_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/conf/conf_load.h"
#include "shared/conf/conf_set.h"
#include "shared/conf/conf_text.h"
#include "tests/unit/suite.h"

static struct conf conf;

static void
init(void)
{
	conf_free_texts(&conf);
	conf_init(&conf);
}

static bool
set(struct conf *c, const char *name, const char *value)
{
	char expected[CONF_EXPECTED_SIZE];

	for (size_t i = 0; i < CONF_SETTINGS; i++)
		if (strcmp(conf_settings[i].name, name) == 0)
			return conf_set(c, &conf_settings[i], value, expected);
	ck_abort_msg("no setting %s", name);
}

/* Sets every number to its minimum. */
static void
set_minima(struct conf *c)
{
	char value[20];

	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		const struct conf_setting *s = &conf_settings[i];

		snprintf(value, sizeof(value), "%u", s->min);
		if (s->type == CONF_NUMBER || s->type == CONF_NUMBER_OR_AUTO)
			ck_assert(set(c, s->name, value));
	}
}

/* The output of conf_print(); free it. */
static char *
print(const struct conf *c)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	conf_print(c, out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

static void
assert_same(const struct conf *a, const struct conf *b)
{
	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		const struct conf_setting *s = &conf_settings[i];
		const char *x = (const char *)a + s->field;
		const char *y = (const char *)b + s->field;

		if (conf_is_text(s->type))
			ck_assert_str_eq(*(char *const *)(const void *)x,
					 *(char *const *)(const void *)y);
		else if (s->type != CONF_NUMBER && s->type != CONF_CHOICE &&
			 s->type != CONF_NUMBER_OR_AUTO)
			ck_assert_str_eq(x, y);
		else
			ck_assert_msg(memcmp(x, y, sizeof(int)) == 0, "%s",
				      s->name);
	}
	ck_assert(memcmp(&a->redis, &b->redis, sizeof(a->redis)) == 0);
}

/* Fills it with what is the default of nothing. */
static void
fill(struct conf *c)
{
	memset(c, 0x5a, sizeof(*c));
	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		char **field =
		    (char **)(void *)((char *)c + conf_settings[i].field);

		if (!conf_is_text(conf_settings[i].type))
			continue;
		*field = NULL;
		conf_set_text(field, "Z");
	}
}

static void
assert_round_trip(const struct conf *c)
{
	char error[CONF_ERROR_SIZE] = "";
	char *text = print(c);
	struct conf again;

	fill(&again);
	ck_assert_msg(conf_read_text(&again, "printed", text, error), "%s",
		      error);
	assert_same(c, &again);
	conf_free_texts(&again);
	free(text);
}

TEST(the_output_can_be_read_back)
{
	init();
	assert_round_trip(&conf);
	set_minima(&conf);
	ck_assert(set(&conf, "bus.url", "unix:///a%20b;#?db=3") == false);
	ck_assert(set(&conf, "bus.url", "unix:///a%20b;c?db=3"));
	ck_assert(set(&conf, "bus.prefix", "-"));
	ck_assert(set(&conf, "access.publish", "none"));
	ck_assert(set(&conf, "access.origins", "http://a:1\thttps://b "));
	ck_assert(set(&conf, "publish.spool", "/a b"));
	ck_assert(set(&conf, "log.level", "debug"));
	ck_assert(set(&conf, "log.to", "syslog"));
	ck_assert(set(&conf, "bus.sentinel", "a:1,[::1],b"));
	ck_assert(set(&conf, "bus.master", "mymaster"));
	ck_assert(set(&conf, "bus.tls_ca", "/ca.pem"));
	ck_assert(set(&conf, "access.subscribe", "redirect user"));
	ck_assert(set(&conf, "access.proxies", "10.0.0.0/8  ::1"));
	ck_assert(set(&conf, "access.redirect_from", "/a\t/b"));
	ck_assert(set(&conf, "access.user_header", "X-User"));
	ck_assert(set(&conf, "access.cookie", "c"));
	ck_assert(set(&conf, "access.jwt_issuer", "https://a.example"));
	assert_round_trip(&conf);
}

TEST(who_is_printed_as_words_in_one_order)
{
	static const char *const sets[][3] = {
	    {"access.subscribe", "redirect token user any",
	     "\nsubscribe = any user token redirect\n"},
	    {"access.subscribe", "none", "\nsubscribe = none\n"},
	    {"access.publish", "loopback token",
	     "\npublish = token loopback\n"},
	};

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		char *text;

		init();
		ck_assert(set(&conf, sets[i][0], sets[i][1]));
		text = print(&conf);
		ck_assert_msg(strstr(text, sets[i][2]) != NULL, "%s", text);
		free(text);
	}
}

/* --- secrets -------------------------------------------------------------- */

static const char *const secrets[] = {"access.secret", "access.publish_secret",
				      "access.jwt_key"};

TEST(a_secret_is_printed_as_three_asterisks)
{
	char *text, *at;

	init();
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		ck_assert(set(&conf, secrets[i],
			      "hunter2 hunter2 hunter2 hunter2 hunter2"));
	text = print(&conf);
	ck_assert_ptr_null(strstr(text, "hunter2"));
	at = text;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		at = strstr(at, " = ***\n");
		ck_assert_ptr_nonnull(at);
		at++;
	}
	free(text);
}

TEST(a_secret_that_is_not_set_is_printed_as_nothing)
{
	char *text;

	init();
	text = print(&conf);
	ck_assert_ptr_nonnull(strstr(text, "\nsecret = \n"));
	free(text);
}

/* The asterisks would be its value. */
TEST(a_printed_secret_cannot_be_read_back)
{
	char error[CONF_ERROR_SIZE] = "", *text;
	struct conf again;

	init();
	conf_init(&again);
	ck_assert(set(&conf, "access.secret", "0123456789abcdef"));
	text = print(&conf);
	ck_assert(!conf_read_text(&again, "printed", text, error));
	ck_assert_msg(strstr(error, "secret") != NULL, "%s", error);
	conf_free_texts(&again);
	free(text);
}

TEST(a_secret_is_not_in_an_error_message)
{
	static const char *const lines[] = {
	    "[access]\nsecret = hunter2\n",
	    "[access]\nsecret = hunter2hunter2hunter2\xff\n",
	    "[access]\npublish_secret = hunter2\n",
	    "[access]\nsecret hunter2\n",
	    "[access]\nsecret : hunter2\n",
	    "[access]\njwt_key = hunter2hunter2hunter2\n",
	    ("[access]\nsecret = hunter2hunter2hunter2\n"
	     "secret = hunter2hunter2hunter2\n")};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char error[CONF_ERROR_SIZE] = "";

		init();
		ck_assert(!conf_read_text(&conf, "push.conf", lines[i], error));
		ck_assert_str_ne(error, "");
		ck_assert_msg(strstr(error, "hunter2") == NULL, "%s", error);
	}
}

TEST(a_secret_of_the_environment_is_not_in_an_error_message)
{
	char *environment[] = {(char[]){"PUSHCGI_ACCESS_SECRET=hunter2"}, NULL};
	char error[CONF_ERROR_SIZE] = "";

	init();
	ck_assert(!conf_read_environment(&conf, environment, error));
	ck_assert_str_ne(error, "");
	ck_assert_msg(strstr(error, "hunter2") == NULL, "%s", error);
}

/* --- what is printed around a setting ------------------------------------- */

TEST(a_password_is_printed_as_three_asterisks)
{
	static const char *const urls[][2] = {
	    {"redis://u:hunter2@h:1/2", "\nurl = redis://u:***@h:1/2\n"},
	    {"redis://:hunter2@h", "\nurl = redis://:***@h\n"},
	    {"redis://u:hunter2:hunter2@[::1]",
	     "\nurl = redis://u:***@[::1]\n"},
	    {"unix://:hunter2@/a@b:c", "\nurl = unix://:***@/a@b:c\n"},
	    {"unix:///a@b:c", "\nurl = unix:///a@b:c\n"},
	    {"redis://u:@h", "\nurl = redis://u:@h\n"}};

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		char *text;

		init();
		ck_assert(set(&conf, "bus.url", urls[i][0]));
		text = print(&conf);
		ck_assert_msg(strstr(text, urls[i][1]) != NULL, "%s", text);
		ck_assert_ptr_null(strstr(text, "hunter2"));
		free(text);
	}
}

TEST(a_password_of_sentinels_is_printed_as_three_asterisks)
{
	char *text;

	init();
	ck_assert(set(&conf, "bus.sentinel", "u:hunter2@a:1,b:2"));
	text = print(&conf);
	ck_assert_msg(strstr(text, "\nsentinel = u:***@a:1,b:2\n") != NULL,
		      "%s", text);
	free(text);
}

TEST(a_comment_has_meaning_default_range_and_unit)
{
	char *text;

	init();
	text = print(&conf);
	ck_assert_ptr_nonnull(
	    strstr(text, "\n\n[sse]\n"
			 "# Reconnect delay of an EventSource.\n"
			 "# Default: 2000 (0 to 3600000 milliseconds).\n"
			 "retry = 2000\n\n"));
	ck_assert_ptr_nonnull(strstr(
	    text, "# Default: auto (auto, or 0 to 1000000 subscribers).\n"
		  "max = auto\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "# Default: info (error, warn, info, debug).\n"
			 "level = info\n"));
	ck_assert_ptr_nonnull(strstr(
	    text, "# Default: push (1 to 32 characters of a-z 0-9 _ -).\n"
		  "prefix = push\n"));
	ck_assert_ptr_nonnull(strstr(
	    text, "# Default: none (such as https://shop.example, separated "
		  "by spaces).\norigins = \n"));
	free(text);
}
