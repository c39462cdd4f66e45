/* SPDX-License-Identifier: MIT */
/* shared/bus/rights.c. tests/e2e/test_redis_auth.py runs all programs with the
 * users of doc/redis.md. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared/bus/rights.h"
#include "shared/conf/conf_channel.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

static struct conf conf;
static struct bus *bus;
static char trace[BUS_TRACE_SIZE];
static int log_file;

/* --- the log -------------------------------------------------------------- */

static void
catch_log(void)
{
	log_file = memfd_create("log", 0);
	ck_assert_int_ge(log_file, 0);
	ck_assert_int_eq(dup2(log_file, STDERR_FILENO), STDERR_FILENO);
}

static const char *
logged(void)
{
	static char text[8192];
	ssize_t n = pread(log_file, text, sizeof(text) - 1, 0);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

static size_t
times_said(void)
{
	size_t n = 0;
	const char *at = logged();

	while ((at = strstr(at, "event=redis_rights")) != NULL) {
		n++;
		at++;
	}
	return n;
}

/* --- the bus -------------------------------------------------------------- */

static void
open_server(const char *rules)
{
	char words[256];

	catch_log();
	redis_server_start();
	redis_ask("ACL SETUSER bob on >secret ~* &* +@all");
	snprintf(words, sizeof(words), "ACL SETUSER bob %s", rules);
	redis_ask(words); /* the rules are words of the command */
	redis_server_conf(&conf, "bob:secret@", "");
}

static void
open_publisher(const char *rules)
{
	open_server(rules);
	bus = bus_trace_open_plain(&conf);
	bus_rights_to_publish(bus);
}

static void
open_responder(const char *rules)
{
	open_server(rules);
	bus = bus_trace_open(&conf, trace);
}

static void
close_all(void)
{
	bus_close(bus);
	turn_end();
}

/* The answer to what is asked later comes later. */
static void
await_check(void)
{
	struct bus_trace_tip answer = {.calls = 0};

	TURN_UNTIL(bus_is_up(bus));
	ck_assert_ptr_nonnull(bus_tip(bus, "any", bus_trace_tip, &answer));
	TURN_UNTIL(answer.calls == 1);
}

static void
assert_said(const char *want)
{
	await_check();
	ck_assert_uint_eq(times_said(), 1);
	if (strstr(logged(), want) == NULL)
		ck_abort_msg("no %s in %s", want, logged());
	close_all();
}

static void
assert_not_said(void)
{
	await_check();
	ck_assert_uint_eq(times_said(), 0);
	close_all();
}

/* --- tests ---------------------------------------------------------------- */

TEST(nothing_is_said_when_all_is_allowed)
{
	open_publisher("+@all");
	await_check();
	ck_assert_str_eq(redis_ask("DBSIZE"), "0");
	assert_not_said();
}

TEST(the_user_and_the_commands_are_said)
{
	open_publisher("-set -xadd");
	assert_said("user=bob commands=\"SET XADD\"");
}

TEST(each_command_of_a_publisher_is_checked)
{
	static const char *const commands[] = {
	    "GET",    "SET",   "TIME", "XRANGE", "XREVRANGE",
	    "EXPIRE", "XTRIM", "XADD", "PUBLISH"};
	char want[128] = "commands=\"", rules[256] = "";

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		strcat(rules, "-");
		strcat(rules, commands[i]);
		strcat(rules, " ");
		strcat(want, commands[i]);
		strcat(want, " ");
	}
	want[strlen(want) - 1] = '"';
	open_publisher(rules);
	assert_said(want);
}

TEST(a_publisher_that_waits_for_replicas_needs_wait)
{
	open_server("-wait -xadd");
	conf.publish_wait_replicas = 1;
	bus = bus_trace_open_plain(&conf);
	bus_rights_to_publish(bus);
	assert_said("commands=\"XADD WAIT\"");
}

TEST(a_publisher_of_channels_that_retain_needs_persist)
{
	char pattern[] = "orders";
	struct channel_section section = {.pattern = pattern,
					  .len = strlen(pattern),
					  .conf = {.retain = RETAIN_LAST}};

	open_server("-persist -wait");
	conf.channel_sections = &section;
	conf.channel_section_count = 1;
	bus = bus_trace_open_plain(&conf);
	bus_rights_to_publish(bus);
	assert_said("commands=\"PERSIST\"");
}

TEST(without_them_wait_and_persist_are_not_needed)
{
	open_publisher("-persist -wait");
	assert_not_said();
}

TEST(a_responder_that_tells_presence_needs_its_commands)
{
	open_server("-zadd -zrem -zrange -zcard -hmget -hgetall -hset -expire");
	conf.channel_presence = PRESENCE_COUNT;
	bus = bus_trace_open(&conf, trace);
	assert_said("commands=\"ZADD ZREM ZRANGE ZCARD HMGET HGETALL HSET "
		    "EXPIRE\"");
}

TEST(presence_is_tried_and_leaves_nothing)
{
	open_server("+@all");
	conf.channel_presence = PRESENCE_COUNT;
	bus = bus_trace_open(&conf, trace);
	await_check();
	ck_assert_str_eq(redis_ask("DBSIZE"), "0");
	assert_not_said();
}

TEST(a_user_who_may_not_run_scripts_is_told)
{
	open_publisher("-eval -evalsha");
	assert_said("commands=\"EVAL\"");
}

TEST(a_user_without_the_keys_is_told)
{
	open_publisher("resetkeys ~other:*");
	assert_said("user=bob");
}

TEST(a_user_without_the_pubsub_channels_is_told)
{
	open_publisher("resetchannels &other:*");
	assert_said("commands=\"PUBLISH\"");
}

TEST(a_responder_need_not_publish)
{
	open_responder("-xadd -xtrim -expire");
	assert_not_said();
}

TEST(a_responder_needs_set)
{
	open_responder("-set");
	assert_said("commands=\"SET\"");
}

TEST(a_short_program_is_not_checked)
{
	open_server("-set");
	bus = bus_trace_open_plain(&conf);
	assert_not_said();
}

TEST(what_a_replica_refuses_is_no_missing_right)
{
	catch_log();
	redis_server_start();
	redis_ask("REPLICAOF 127.0.0.1 1");
	redis_server_conf(&conf, "", "");
	bus = bus_trace_open_plain(&conf);
	bus_rights_to_publish(bus);
	assert_not_said();
}

TEST(missing_rights_are_said_once)
{
	open_publisher("-set");
	await_check();
	redis_ask("CLIENT KILL USER bob");
	TURN_UNTIL(!bus_is_up(bus));
	assert_said("SET");
}
