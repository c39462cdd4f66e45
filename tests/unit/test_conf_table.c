/* SPDX-License-Identifier: MIT */
/* shared/conf/conf_table.c and the environment, one fact per test; the name is
 * the fact. */
#include "config.h"

#include "shared/conf/conf_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

/* What the contract says, apart from the table. */
static const struct {
	const char *name;
	unsigned int fallback, min, max;
} numbers[] = {
    {"bus.timeout", 5, 1, 60},
    {"bus.audit", 5, 1, 3600},
    {"message.max_bytes", 65536, 1, 1048576},
    {"history.length", 1000, 0, 1000000},
    {"history.ttl", 86400, 1, 31536000},
    {"publish.key_ttl", 86400, 1, 31536000},
    {"hold.beat", 15, 1, 3600},
    {"hold.wait", 55, 1, 3600},
    {"hold.max", CONF_HOLD_MAX_AUTO, 0, 1000000},
    {"hold.max_backlog", 1048576, 4096, UINT32_MAX},
    {"hold.max_age", 0, 0, UINT32_MAX},
    {"hold.drain", 5, 0, 600},
    {"sse.retry", 2000, 0, 3600000},
    {"poll.max_age", 1, 0, 3600},
    {"request.max_head", 65536, 4096, 1048576},
    {"request.timeout", 10, 1, 600},
};

static const struct conf_setting *
find(const char *name)
{
	for (size_t i = 0; i < CONF_SETTINGS; i++)
		if (strcmp(conf_settings[i].name, name) == 0)
			return &conf_settings[i];
	ck_abort_msg("there is no %s", name);
}

static unsigned int
number_of(const struct conf *c, const char *name)
{
	unsigned int n;

	memcpy(&n, (const char *)c + find(name)->field, sizeof(n));
	return n;
}

/* Sets one by its variable in the environment. */
static bool
set(struct conf *c, const char *name, const char *value,
    char error[CONF_ERROR_SIZE])
{
	char entry[1024];
	char *environment[] = {entry, NULL};

	snprintf(entry, sizeof(entry), "PUSHCGI_%s=%s", name, value);
	for (char *p = entry; *p != '='; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
		else if (*p == '.')
			*p = '_';
	}
	return conf_read_environment(c, environment, error);
}

static bool
takes(const char *name, const char *value)
{
	char error[CONF_ERROR_SIZE];
	struct conf c;

	conf_init(&c);
	return set(&c, name, value, error);
}

TEST(numbers_have_their_defaults)
{
	struct conf c;

	conf_init(&c);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		ck_assert_msg(number_of(&c, numbers[i].name) ==
				  numbers[i].fallback,
			      "%s is %u", numbers[i].name,
			      number_of(&c, numbers[i].name));
}

TEST(texts_have_their_defaults)
{
	struct conf c;

	conf_init(&c);
	ck_assert_str_eq(c.bus_url, "redis://127.0.0.1:6379/0");
	ck_assert_str_eq(c.redis.host, "127.0.0.1");
	ck_assert_uint_eq(c.redis.port, 6379);
	ck_assert_str_eq(c.bus_prefix, "push");
	ck_assert_int_eq(c.access_publish, PUBLISH_LOOPBACK);
	ck_assert_str_eq(c.access_origins, "");
	ck_assert_int_eq(c.log_level, LOG_LEVEL_INFO);
	ck_assert_int_eq(c.log_to, LOG_TO_STDERR);
}

TEST(each_setting_has_a_field_of_its_own)
{
	struct conf c;
	char error[CONF_ERROR_SIZE], value[20];

	conf_init(&c);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(value, sizeof(value), "%u", numbers[i].max);
		ck_assert(set(&c, numbers[i].name, value, error));
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		ck_assert_uint_eq(number_of(&c, numbers[i].name),
				  numbers[i].max);
	ck_assert_uint_eq(c.bus_timeout, 60);
	ck_assert_uint_eq(c.bus_audit, 3600);
	ck_assert_uint_eq(c.message_max_bytes, 1048576);
	ck_assert_uint_eq(c.history_length, 1000000);
	ck_assert_uint_eq(c.history_ttl, 31536000);
	ck_assert_uint_eq(c.publish_key_ttl, 31536000);
	ck_assert_uint_eq(c.hold_beat, 3600);
	ck_assert_uint_eq(c.hold_wait, 3600);
	ck_assert_uint_eq(c.hold_max, 1000000);
	ck_assert_uint_eq(c.hold_max_backlog, UINT32_MAX);
	ck_assert_uint_eq(c.hold_max_age, UINT32_MAX);
	ck_assert_uint_eq(c.hold_drain, 600);
	ck_assert_uint_eq(c.sse_retry, 3600000);
	ck_assert_uint_eq(c.poll_max_age, 3600);
	ck_assert_uint_eq(c.request_max_head, 1048576);
	ck_assert_uint_eq(c.request_timeout, 600);
}

TEST(a_number_is_within_its_range)
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

TEST(a_number_is_decimal_digits)
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
	char error[CONF_ERROR_SIZE];
	struct conf c;

	conf_init(&c);
	ck_assert(set(&c, "hold.max", "0", error));
	ck_assert_uint_eq(c.hold_max, 0);
	ck_assert(set(&c, "hold.max", "auto", error));
	ck_assert_uint_eq(c.hold_max, CONF_HOLD_MAX_AUTO);
	ck_assert(!takes("hold.max", "Auto"));
}

TEST(a_prefix_is_1_to_32_of_its_characters)
{
	char error[CONF_ERROR_SIZE];
	struct conf c;

	conf_init(&c);
	ck_assert(
	    set(&c, "bus.prefix", "abcdefghijklmnopqrstuvwxyz01-_89", error));
	ck_assert_str_eq(c.bus_prefix, "abcdefghijklmnopqrstuvwxyz01-_89");
	ck_assert(set(&c, "bus.prefix", "x", error));
	ck_assert_str_eq(c.bus_prefix, "x");
	ck_assert(!takes("bus.prefix", ""));
	ck_assert(!takes("bus.prefix", "abcdefghijklmnopqrstuvwxyz0123456"));
	ck_assert(!takes("bus.prefix", "a:b"));
	ck_assert(!takes("bus.prefix", "a{b"));
	ck_assert(!takes("bus.prefix", "A"));
}

TEST(a_choice_is_one_of_its_words)
{
	char error[CONF_ERROR_SIZE];
	struct conf c;

	conf_init(&c);
	ck_assert(set(&c, "access.publish", "any", error));
	ck_assert_int_eq(c.access_publish, PUBLISH_ANY);
	ck_assert(set(&c, "access.publish", "none", error));
	ck_assert_int_eq(c.access_publish, PUBLISH_NONE);
	ck_assert(set(&c, "access.publish", "loopback", error));
	ck_assert_int_eq(c.access_publish, PUBLISH_LOOPBACK);
	ck_assert(set(&c, "log.level", "error", error));
	ck_assert_int_eq(c.log_level, LOG_LEVEL_ERROR);
	ck_assert(set(&c, "log.level", "warn", error));
	ck_assert_int_eq(c.log_level, LOG_LEVEL_WARN);
	ck_assert(set(&c, "log.level", "debug", error));
	ck_assert_int_eq(c.log_level, LOG_LEVEL_DEBUG);
	ck_assert(set(&c, "log.to", "syslog", error));
	ck_assert_int_eq(c.log_to, LOG_TO_SYSLOG);
	ck_assert(!takes("log.to", "stderr,"));
	ck_assert(!takes("log.to", "stderr, syslog"));
	ck_assert(!takes("log.to", "std"));
	ck_assert(!takes("log.to", ""));
}

static void
assert_environment_error(char *entry, const char *want)
{
	char *environment[] = {entry, NULL};
	char error[CONF_ERROR_SIZE] = "";
	struct conf c;

	conf_init(&c);
	ck_assert(!conf_read_environment(&c, environment, error));
	ck_assert_str_eq(error, want);
}

TEST(an_error_in_the_environment_names_the_variable)
{
	assert_environment_error(
	    (char[]){"PUSHCGI_HOLD_MAX_BACKLOG=1k"},
	    "environment: PUSHCGI_HOLD_MAX_BACKLOG: hold.max_backlog = "
	    "\"1k\": expected a whole number of bytes from 4096 to "
	    "4294967295");
	assert_environment_error(
	    (char[]){"PUSHCGI_BUS_URL=redis://h:hunter2"},
	    "environment: PUSHCGI_BUS_URL: bus.url: after the host stands "
	    ":port, from 1 to 65535");
	assert_environment_error((char[]){"PUSHCGI_HOLD_BEAT"},
				 "environment: PUSHCGI_HOLD_BEAT: hold.beat = "
				 "\"\": expected a whole number of seconds "
				 "from 1 to 3600");
}

TEST(an_unknown_variable_of_ours_is_an_error)
{
	assert_environment_error((char[]){"PUSHCGI_HOLD_BEET=5"},
				 "environment: PUSHCGI_HOLD_BEET: there is no "
				 "such setting");
	assert_environment_error((char[]){"PUSHCGI_hold_beat=5"},
				 "environment: PUSHCGI_hold_beat: there is no "
				 "such setting");
	assert_environment_error((char[]){"PUSHCGI_HOLD.BEAT=5"},
				 "environment: PUSHCGI_HOLD.BEAT: there is no "
				 "such setting");
	assert_environment_error((char[]){"PUSHCGI_=5"},
				 "environment: PUSHCGI_: there is no such "
				 "setting");
	assert_environment_error((char[]){"PUSHCGI_CONFIG=5"},
				 "environment: PUSHCGI_CONFIG: there is no "
				 "such setting");
}

TEST(other_variables_are_skipped)
{
	char *environment[] = {(char[]){"PATH=/bin"},
			       (char[]){"PUSHCGI_CONF=/x"},
			       (char[]){"HOLD_BEAT=x"},
			       (char[]){"pushcgi_HOLD_BEAT=x"},
			       (char[]){"odd"},
			       (char[]){"PUSHCGI_HOLD_BEAT=3"},
			       NULL};
	char error[CONF_ERROR_SIZE];
	struct conf c;

	conf_init(&c);
	ck_assert(conf_read_environment(&c, environment, error));
	ck_assert_uint_eq(c.hold_beat, 3);
}

/* What conf_print() writes; to be freed. */
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

		if (s->type == CONF_URL || s->type == CONF_PREFIX ||
		    s->type == CONF_ORIGINS)
			ck_assert_str_eq(x, y);
		else
			ck_assert_msg(memcmp(x, y, sizeof(int)) == 0, "%s",
				      s->name);
	}
	ck_assert(memcmp(&a->redis, &b->redis, sizeof(a->redis)) == 0);
}

static void
assert_round_trip(const struct conf *c)
{
	char error[CONF_ERROR_SIZE] = "";
	char *text = print(c);
	struct conf again;

	memset(&again, 0x5a, sizeof(again));
	ck_assert_msg(conf_read_text(&again, "printed", text, error), "%s",
		      error);
	assert_same(c, &again);
	free(text);
}

TEST(what_is_printed_can_be_read_back)
{
	char error[CONF_ERROR_SIZE], value[20];
	struct conf c;

	conf_init(&c);
	assert_round_trip(&c);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(value, sizeof(value), "%u", numbers[i].min);
		ck_assert(set(&c, numbers[i].name, value, error));
	}
	ck_assert(set(&c, "bus.url", "unix:///a%20b;#?db=3", error) == false);
	ck_assert(set(&c, "bus.url", "unix:///a%20b;c?db=3", error));
	ck_assert(set(&c, "bus.prefix", "-", error));
	ck_assert(set(&c, "access.publish", "none", error));
	ck_assert(set(&c, "access.origins", "http://a:1\thttps://b ", error));
	ck_assert(set(&c, "log.level", "debug", error));
	ck_assert(set(&c, "log.to", "syslog", error));
	assert_round_trip(&c);
}

TEST(a_password_is_printed_as_stars)
{
	static const char *const urls[][2] = {
	    {"redis://u:hunter2@h:1/2", "\nurl = redis://u:***@h:1/2\n"},
	    {"redis://:hunter2@h", "\nurl = redis://:***@h\n"},
	    {"redis://u:hunter2:hunter2@[::1]",
	     "\nurl = redis://u:***@[::1]\n"},
	    {"unix://:hunter2@/a@b:c", "\nurl = unix://:***@/a@b:c\n"},
	    {"unix:///a@b:c", "\nurl = unix:///a@b:c\n"},
	    {"redis://u:@h", "\nurl = redis://u:@h\n"}};
	char error[CONF_ERROR_SIZE];
	struct conf c;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		char *text;

		conf_init(&c);
		ck_assert(set(&c, "bus.url", urls[i][0], error));
		text = print(&c);
		ck_assert_msg(strstr(text, urls[i][1]) != NULL, "%s", text);
		ck_assert_ptr_null(strstr(text, "hunter2"));
		free(text);
	}
}

TEST(each_line_has_its_meaning_default_and_range)
{
	struct conf c;
	char *text;

	conf_init(&c);
	text = print(&c);
	ck_assert_ptr_nonnull(
	    strstr(text, "\n\n[sse]\n"
			 "# How long an EventSource waits before it "
			 "reconnects.\n"
			 "# Default: 2000 (0 to 3600000 milliseconds).\n"
			 "retry = 2000\n\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "# Default: auto (auto, or 0 to 1000000 readers).\n"
			 "max = auto\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "# Default: info (error, warn, info, debug).\n"
			 "level = info\n"));
	ck_assert_ptr_nonnull(strstr(
	    text, "# Default: push (1 to 32 characters of a-z 0-9 _ -).\n"
		  "prefix = push\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "# Default: none (like https://shop.example, between "
			 "spaces).\norigins = \n"));
	free(text);
}
