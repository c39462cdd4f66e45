/* SPDX-License-Identifier: MIT */
/* shared/conf/conf_table.c */
#include "config.h"

#include "shared/conf/conf_set.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

/* The documented values, independent of the table. */
static const struct {
	const char *name;
	unsigned int fallback, min, max;
} numbers[] = {
    {"bus.timeout", 5, 1, 60},
    {"bus.audit", 5, 1, 3600},
    {"message.max_bytes", 65536, 1, 1048576},
    {"history.length", 1000, 0, 1000000},
    {"history.ttl", 86400, 1, 31536000},
    {"history.replay", 300, 1, 100000},
    {"publish.key_ttl", 86400, 1, 31536000},
    {"publish.wait_replicas", 0, 0, 16},
    {"publish.wait_ms", 1000, 1, 60000},
    {"publish.spool_max", 67108864, 4096, UINT32_MAX},
    {"hold.beat", 15, 1, 3600},
    {"hold.beat_h2", 3, 1, 3600},
    {"hold.wait", 55, 1, 3600},
    {"hold.max", CONF_AUTO, 0, 1000000},
    {"hold.budget", 100, 0, 65535},
    {"hold.budget_lighttpd", CONF_AUTO, 0, 65535},
    {"hold.max_backlog", 1048576, 4096, UINT32_MAX},
    {"hold.max_memory", 268435456, 1048576, UINT32_MAX},
    {"hold.max_age", 0, 0, UINT32_MAX},
    {"hold.gather", 0, 0, 1000},
    {"hold.drain", 5, 0, 600},
    {"hold.retry", 10, 1, 3600},
    {"sse.retry", 2000, 0, 3600000},
    {"poll.max_age", 0, 0, 3600},
    {"request.max_head", 65536, 4096, 1048576},
    {"request.max_query", 16384, 1024, 1048576},
    {"request.timeout", 10, 1, 600},
    {"limit.address_held", 200, 0, 65535},
    {"limit.address_connects", 100, 0, 65535},
    {"limit.user_held", 50, 0, 65535},
    {"limit.connection_held", 4, 0, 65535},
    {"limit.publish_rate", 100, 0, 65535},
    {"limit.new_channels", 1000, 0, 65535},
    {"status.interval", 5, 0, 3600},
};

static struct conf conf;

static void
init(void)
{
	conf_free_texts(&conf);
	conf_init(&conf);
}

static const struct conf_setting *
find(const char *name)
{
	for (size_t i = 0; i < CONF_SETTINGS; i++)
		if (strcmp(conf_settings[i].name, name) == 0)
			return &conf_settings[i];
	ck_abort_msg("no setting %s", name);
}

static unsigned int
number_of(const struct conf *c, const char *name)
{
	unsigned int n;

	memcpy(&n, (const char *)c + find(name)->field, sizeof(n));
	return n;
}

static bool
set(struct conf *c, const char *name, const char *value)
{
	char expected[CONF_EXPECTED_SIZE];

	return conf_set(c, find(name), value, expected);
}

static bool
takes(const char *name, const char *value)
{
	init();
	return set(&conf, name, value);
}

TEST(numbers_have_the_documented_defaults)
{
	init();
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		ck_assert_msg(number_of(&conf, numbers[i].name) ==
				  numbers[i].fallback,
			      "%s is %u", numbers[i].name,
			      number_of(&conf, numbers[i].name));
}

TEST(texts_have_the_documented_defaults)
{
	init();
	ck_assert_str_eq(conf.bus_url, "redis://127.0.0.1:6379/0");
	ck_assert_str_eq(conf.redis.host, "127.0.0.1");
	ck_assert_uint_eq(conf.redis.port, 6379);
	ck_assert_str_eq(conf.bus_prefix, "push");
	ck_assert_int_eq(conf.access_subscribe, WHO_ANY);
	ck_assert_int_eq(conf.access_publish, WHO_TOKEN);
	ck_assert_int_eq(conf.access_status, WHO_LOOPBACK);
	ck_assert_str_eq(conf.access_origins, "");
	ck_assert_int_eq(conf.log_level, LOG_LEVEL_INFO);
	ck_assert(!conf.log_level_is_set);
	ck_assert_int_eq(conf.log_to, LOG_TO_STDERR);
	ck_assert_int_eq(conf.log_time, LOG_TIME_AUTO);
}

TEST(each_setting_has_its_own_field)
{
	char value[20];

	init();
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(value, sizeof(value), "%u", numbers[i].max);
		ck_assert(set(&conf, numbers[i].name, value));
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		ck_assert_uint_eq(number_of(&conf, numbers[i].name),
				  numbers[i].max);
	ck_assert_uint_eq(conf.bus_timeout, 60);
	ck_assert_uint_eq(conf.bus_audit, 3600);
	ck_assert_uint_eq(conf.message_max_bytes, 1048576);
	ck_assert_uint_eq(conf.history_length, 1000000);
	ck_assert_uint_eq(conf.history_ttl, 31536000);
	ck_assert_uint_eq(conf.publish_key_ttl, 31536000);
	ck_assert_uint_eq(conf.hold_beat, 3600);
	ck_assert_uint_eq(conf.hold_wait, 3600);
	ck_assert_uint_eq(conf.hold_max, 1000000);
	ck_assert_uint_eq(conf.hold_max_backlog, UINT32_MAX);
	ck_assert_uint_eq(conf.hold_max_age, UINT32_MAX);
	ck_assert_uint_eq(conf.hold_drain, 600);
	ck_assert_uint_eq(conf.sse_retry, 3600000);
	ck_assert_uint_eq(conf.poll_max_age, 3600);
	ck_assert_uint_eq(conf.request_max_head, 1048576);
	ck_assert_uint_eq(conf.request_max_query, 1048576);
	ck_assert_uint_eq(conf.request_timeout, 600);
}

TEST(a_number_outside_its_range_is_refused)
{
	char value[20];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const char *name = numbers[i].name;

		snprintf(value, sizeof(value), "%u", numbers[i].min);
		ck_assert_msg(takes(name, value), "%s = %s", name, value);
		snprintf(value, sizeof(value), "%lld", numbers[i].min - 1LL);
		ck_assert_msg(!takes(name, value), "%s = %s", name, value);
		snprintf(value, sizeof(value), "%lld", numbers[i].max + 1LL);
		ck_assert_msg(!takes(name, value), "%s = %s", name, value);
	}
}

TEST(a_number_consists_of_decimal_digits)
{
	static const char *const wrong[] = {"",
					    " 5",
					    "5 ",
					    "+5",
					    "5s",
					    "0x5",
					    "5.0",
					    "5e1",
					    "auto",
					    "five",
					    "18446744073709551621"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!takes("hold.beat", wrong[i]), "\"%s\"",
			      wrong[i]);
	ck_assert(takes("hold.beat", "0005"));
}

TEST(hold_max_may_be_auto)
{
	init();
	ck_assert(set(&conf, "hold.max", "0"));
	ck_assert_uint_eq(conf.hold_max, 0);
	ck_assert(set(&conf, "hold.max", "auto"));
	ck_assert_uint_eq(conf.hold_max, CONF_AUTO);
	ck_assert(!takes("hold.max", "Auto"));
}

TEST(a_prefix_has_1_to_32_valid_characters)
{
	init();
	ck_assert(set(&conf, "bus.prefix", "abcdefghijklmnopqrstuvwxyz01-_89"));
	ck_assert_str_eq(conf.bus_prefix, "abcdefghijklmnopqrstuvwxyz01-_89");
	ck_assert(set(&conf, "bus.prefix", "x"));
	ck_assert_str_eq(conf.bus_prefix, "x");
	ck_assert(!takes("bus.prefix", ""));
	ck_assert(!takes("bus.prefix", "abcdefghijklmnopqrstuvwxyz0123456"));
	ck_assert(!takes("bus.prefix", "a:b"));
	ck_assert(!takes("bus.prefix", "a{b"));
	ck_assert(!takes("bus.prefix", "A"));
}

TEST(a_path_can_be_written_in_a_file)
{
	ck_assert(takes("bus.tls_ca", "/etc/my ssl/\xc3\xa4;b.pem"));
	ck_assert(!takes("bus.tls_ca", "/a\nb"));
	ck_assert(!takes("bus.tls_ca", "/a ;b"));
	ck_assert(!takes("bus.tls_ca", "/a "));
}

TEST(a_name_of_a_master_has_letters_digits_and_three_more)
{
	init();
	ck_assert(set(&conf, "bus.master", "My.master_1-a"));
	ck_assert_str_eq(conf.bus_master, "My.master_1-a");
	ck_assert(!takes("bus.master", "my master"));
	ck_assert(!takes("bus.master", "my:master"));
}

TEST(a_choice_is_one_of_its_words)
{
	init();
	ck_assert(set(&conf, "access.publish", "any"));
	ck_assert_int_eq(conf.access_publish, WHO_ANY);
	ck_assert(set(&conf, "access.publish", "none"));
	ck_assert_int_eq(conf.access_publish, 0);
	ck_assert(set(&conf, "access.publish", "loopback"));
	ck_assert_int_eq(conf.access_publish, WHO_LOOPBACK);
	ck_assert(set(&conf, "log.level", "error"));
	ck_assert_int_eq(conf.log_level, LOG_LEVEL_ERROR);
	ck_assert(conf.log_level_is_set);
	ck_assert(set(&conf, "log.level", "warn"));
	ck_assert_int_eq(conf.log_level, LOG_LEVEL_WARN);
	ck_assert(set(&conf, "log.level", "debug"));
	ck_assert_int_eq(conf.log_level, LOG_LEVEL_DEBUG);
	ck_assert(set(&conf, "log.to", "syslog"));
	ck_assert_int_eq(conf.log_to, LOG_TO_SYSLOG);
	ck_assert(set(&conf, "log.time", "yes"));
	ck_assert_int_eq(conf.log_time, LOG_TIME_YES);
	ck_assert(set(&conf, "log.time", "no"));
	ck_assert_int_eq(conf.log_time, LOG_TIME_NO);
	ck_assert(!takes("log.to", "stderr,"));
	ck_assert(!takes("log.to", "stderr, syslog"));
	ck_assert(!takes("log.to", "std"));
	ck_assert(!takes("log.to", ""));
}

TEST(a_path_is_absolute_and_has_a_limit)
{
	char path[CONF_PATH_MAX + 2];

	init();
	ck_assert_str_eq(conf.publish_spool, "");
	ck_assert(set(&conf, "publish.spool", "/var/lib/pushcgi/spool"));
	ck_assert_str_eq(conf.publish_spool, "/var/lib/pushcgi/spool");
	ck_assert(!set(&conf, "publish.spool", "spool"));
	memset(path, '/', sizeof(path) - 1);
	path[CONF_PATH_MAX + 1] = '\0';
	ck_assert(!set(&conf, "publish.spool", path));
	ck_assert_str_eq(conf.publish_spool, "/var/lib/pushcgi/spool");
	ck_assert(set(&conf, "publish.spool", ""));
	ck_assert_str_eq(conf.publish_spool, "");
}

/* --- access --------------------------------------------------------------- */

static unsigned int
who(const char *name, const char *value)
{
	init();
	ck_assert_msg(set(&conf, name, value), "%s = %s", name, value);
	return number_of(&conf, name);
}

TEST(who_is_a_set_of_words)
{
	ck_assert_uint_eq(who("access.subscribe", "any"), WHO_ANY);
	ck_assert_uint_eq(who("access.subscribe", "none"), 0);
	ck_assert_uint_eq(who("access.subscribe", "user"), WHO_USER);
	ck_assert_uint_eq(who("access.subscribe", "token"), WHO_TOKEN);
	ck_assert_uint_eq(who("access.subscribe", "redirect"), WHO_REDIRECT);
	ck_assert_uint_eq(who("access.publish", "loopback"), WHO_LOOPBACK);
	ck_assert_uint_eq(who("access.status", "loopback user redirect token"),
			  WHO_LOOPBACK | WHO_USER | WHO_REDIRECT | WHO_TOKEN);
	ck_assert_uint_eq(who("access.subscribe", "user token redirect"),
			  WHO_USER | WHO_TOKEN | WHO_REDIRECT);
	ck_assert_uint_eq(who("access.publish", " token\tuser  token "),
			  WHO_USER | WHO_TOKEN);
}

TEST(what_is_no_word_of_the_setting_is_refused)
{
	static const char *const wrong[] = {
	    "",	   " ",		 "all",		"users",     "an",
	    "Any", "user,token", "user, token", "token;user"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!takes("access.subscribe", wrong[i]), "\"%s\"",
			      wrong[i]);
	ck_assert(!takes("access.subscribe", "loopback"));
	ck_assert(!takes("access.publish", "redirect"));
	ck_assert(!takes("access.publish", "token redirect"));
}

TEST(none_stands_alone)
{
	ck_assert(!takes("access.subscribe", "none user"));
	ck_assert(!takes("access.subscribe", "user none"));
	ck_assert(!takes("access.subscribe", "none none"));
}

TEST(a_refused_set_changes_nothing)
{
	init();
	ck_assert(set(&conf, "access.subscribe", "token"));
	ck_assert(!set(&conf, "access.subscribe", "any nobody"));
	ck_assert_uint_eq(conf.access_subscribe, WHO_TOKEN);
}

/* `n` characters. Valid until the next. */
static const char *
characters(size_t n)
{
	static char text[CONF_LIST_MAX + 2];

	ck_assert_uint_lt(n, sizeof(text));
	memset(text, 'x', n);
	text[n] = '\0';
	return text;
}

TEST(a_secret_has_16_to_256_printable_characters)
{
	ck_assert(takes("access.secret", ""));
	ck_assert(!takes("access.secret", characters(15)));
	ck_assert(takes("access.secret", characters(16)));
	ck_assert(takes("access.secret", characters(256)));
	ck_assert(!takes("access.secret", characters(257)));
	ck_assert(takes("access.secret", "0123456789 ~!#\"';"));
	ck_assert(!takes("access.secret", "0123456789abcde\n"));
	ck_assert(!takes("access.secret", "0123456789abcde\xc3\xa4"));
	ck_assert(!takes("access.secret", "0123456789abcde\x7f"));
}

/* HS256 takes a key of 256 bits: RFC 7518, 3.2. */
TEST(the_secret_of_tokens_has_at_least_32_characters)
{
	ck_assert(!takes("access.jwt_key", characters(31)));
	ck_assert(takes("access.jwt_key", characters(32)));
}

TEST(a_secret_is_as_it_is_read_from_a_file)
{
	ck_assert(!takes("access.secret", "0123456789abcdef "));
	ck_assert(!takes("access.secret", "0123456789 ;abcdef"));
	ck_assert(takes("access.secret", "0123456789;abcdef"));
}

TEST(addresses_are_of_ipv4_and_ipv6_or_networks)
{
	static const char *const wrong[] = {
	    "localhost",   "10.0.0",	   "10.0.0.0/33", "10.0.0.0/",
	    "10.0.0.0/-1", "/8",	   "::/129",	  "10.0.0.1:80",
	    "[::1]",	   "10.0.0.1,::1", "10.0.0.0/8/8"};

	init();
	ck_assert(set(&conf, "access.proxies",
		      " 10.0.0.1\t10.0.0.0/8  ::1 fe80::/10 0.0.0.0/0 "));
	ck_assert_str_eq(conf.access_proxies,
			 "10.0.0.1 10.0.0.0/8 ::1 fe80::/10 0.0.0.0/0");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!set(&conf, "access.proxies", wrong[i]), "%s",
			      wrong[i]);
	ck_assert(!set(&conf, "access.proxies", "10.0.0.1 localhost"));
	ck_assert(set(&conf, "access.proxies", ""));
	ck_assert_str_eq(conf.access_proxies, "");
}

TEST(paths_of_urls_begin_with_a_slash_and_have_no_query)
{
	static const char *const wrong[] = {
	    "a.pl", "/a.pl?x", "/a#b", "/a;b", "http://example.org/a.pl",
	    "/\x7f"};

	init();
	ck_assert(set(&conf, "access.redirect_from",
		      "/cgi-bin/a.pl\t/b/c  /\xc3\xa4 "));
	ck_assert_str_eq(conf.access_redirect_from,
			 "/cgi-bin/a.pl /b/c /\xc3\xa4");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!set(&conf, "access.redirect_from", wrong[i]),
			      "%s", wrong[i]);
}

TEST(a_list_has_at_most_1000_bytes)
{
	char list[CONF_LIST_MAX + 2];

	for (size_t i = 0; i < sizeof(list); i++)
		list[i] = "/ "[i % 2];
	list[CONF_LIST_MAX + 1] = '\0';
	ck_assert(!takes("access.redirect_from", list));
	list[CONF_LIST_MAX] = '\0';
	ck_assert(takes("access.redirect_from", list));
}

TEST(a_word_is_a_token_of_http)
{
	static const char *const wrong[] = {"a b",   "a=b", "a;b", "a,b",
					    "\"a\"", "a/b", "(a)", "\xc3\xa4"};

	init();
	ck_assert(set(&conf, "access.cookie", "__Host-push.2"));
	ck_assert_str_eq(conf.access_cookie, "__Host-push.2");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!set(&conf, "access.cookie", wrong[i]), "%s",
			      wrong[i]);
	ck_assert(set(&conf, "access.cookie", characters(64)));
	ck_assert(!set(&conf, "access.cookie", characters(65)));
}

TEST(a_cookie_has_a_name_and_the_user_header_need_not)
{
	ck_assert(!takes("access.cookie", ""));
	ck_assert(takes("access.user_header", ""));
	ck_assert(takes("access.user_header", "X-Remote-User"));
}

TEST(access_has_the_documented_defaults)
{
	init();
	ck_assert_uint_eq(conf.access_subscribe, WHO_ANY);
	ck_assert_str_eq(conf.access_secret, "");
	ck_assert_str_eq(conf.access_publish_secret, "");
	ck_assert_str_eq(conf.access_jwt_key, "");
	ck_assert_str_eq(conf.access_cookie, "pushcgi");
	ck_assert_int_eq(conf.access_scripts, CONF_NO);
	ck_assert_str_eq(conf.access_proxies, "");
	ck_assert_str_eq(conf.access_redirect_from, "");
	ck_assert_str_eq(conf.access_user_header, "");
}
