/* SPDX-License-Identifier: MIT */
/* shared/bus/redis_conn.c: a Redis that refuses, or answers what it should not.
 */
#include "config.h"

#include "shared/bus/redis_conn.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/fake_redis.h"
#include "tests/unit/redis_trace.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

static void
open_fake_up(void)
{
	fake_redis_open(&trace.conf);
	open_conf();
	TURN_UNTIL(trace.ups == 1);
}

static void
close_fake(void)
{
	redis_conn_close(trace.conn);
	fake_redis_close();
	turn_end();
}

static void
say(const char *bytes)
{
	fake_redis_say("PING", bytes, strlen(bytes));
}

/* Waits until it is down; the reason is the address and `want`. */
static void
assert_reason(const char *want)
{
	char begin[512];

	TURN_UNTIL(trace.downs > 0);
	snprintf(begin, sizeof(begin), "127.0.0.1:%u: %s", fake_redis.port,
		 want);
	if (strncmp(trace.reason, begin, strlen(begin)) != 0)
		ck_abort_msg("'%s' does not begin with '%s'", trace.reason,
			     begin);
}

static void
assert_greeting_fails(const char *command, const char *error, const char *want)
{
	fake_redis_open(&trace.conf);
	fake_redis_answer(command, error);
	open_conf();
	assert_reason(want);
	ck_assert_uint_eq(trace.ups, 0);
	close_fake();
}

/* Up, then these bytes come, and the connection is made anew. */
static void
assert_remade(const char *bytes, const char *want)
{
	open_fake_up();
	say(bytes);
	assert_reason(want);
	TURN_UNTIL(trace.ups == 2);
	close_fake();
}

/* The same while a reply is pending. */
static void
assert_remade_after(const char *reply, const char *want)
{
	open_fake_up();
	fake_redis_answer("GET", reply);
	ck_assert(send_words("GET", "a"));
	assert_reason(want);
	ck_assert_str_eq(trace.reply, "null");
	TURN_UNTIL(trace.ups == 2);
	close_fake();
}

/* --- refused at connect --------------------------------------------------- */

static void
assert_unasked(const char *error, const char *want)
{
	fake_redis_open(&trace.conf);
	fake_redis.unasked = error;
	open_conf();
	assert_reason(want);
	ck_assert_uint_eq(trace.ups, 0);
	fake_redis.unasked = NULL;
	TURN_UNTIL(trace.ups == 1);
	close_fake();
}

TEST(protected_mode_is_the_reason_with_the_address)
{
	assert_unasked("-DENIED Redis is running in protected mode because "
		       "protected mode is enabled and no password is set for "
		       "the default user.\r\n",
		       "DENIED Redis is running in protected mode");
}

TEST(maxclients_is_the_reason)
{
	assert_unasked("-ERR max number of clients reached\r\n",
		       "ERR max number of clients reached");
}

TEST(a_missing_password_is_the_reason)
{
	assert_greeting_fails("PING", "-NOAUTH Authentication required.\r\n",
			      "NOAUTH Authentication required.");
}

TEST(a_server_that_loads_its_data_is_not_up)
{
	assert_greeting_fails(
	    "PING", "-LOADING Redis is loading the dataset in memory\r\n",
	    "LOADING");
}

TEST(a_server_that_runs_a_script_is_not_up)
{
	assert_greeting_fails("PING", "-BUSY Redis is busy\r\n", "BUSY");
}

TEST(a_server_that_is_no_redis_is_not_up)
{
	assert_greeting_fails("PING", "HTTP/1.1 400 Bad Request\r\n",
			      "Protocol error");
}

TEST(an_acl_may_forbid_ping_and_info)
{
	fake_redis_open(&trace.conf);
	fake_redis_answer("PING", "-NOPERM this user has no permissions\r\n");
	fake_redis_answer("INFO", "-NOPERM this user has no permissions\r\n");
	open_conf();
	TURN_UNTIL(trace.ups == 1);
	ck_assert_str_eq(redis_conn_run_id(trace.conn), "");
	close_fake();
}

TEST(a_server_that_cannot_save_is_up)
{
	fake_redis_open(&trace.conf);
	fake_redis_answer("PING", "-MISCONF Redis is configured to save\r\n");
	open_conf();
	TURN_UNTIL(trace.ups == 1);
	close_fake();
}

TEST(the_run_id_is_known_when_it_is_up)
{
	fake_redis_open(&trace.conf);
	fake_redis.run_id = "0123456789abcdef0123456789abcdef01234567";
	open_conf();
	TURN_UNTIL(trace.ups == 1);
	ck_assert_str_eq(redis_conn_run_id(trace.conn), fake_redis.run_id);
	close_fake();
}

TEST(a_run_id_that_is_too_long_is_cut)
{
	fake_redis_open(&trace.conf);
	fake_redis.run_id = "0123456789abcdef0123456789abcdef0123456789abcdef";
	open_conf();
	TURN_UNTIL(trace.ups == 1);
	ck_assert_uint_eq(strlen(redis_conn_run_id(trace.conn)), 40);
	close_fake();
}

/* --- replies nobody asked for --------------------------------------------- */

TEST(a_reply_that_nobody_asked_for_remakes_the_connection)
{
	assert_remade("+OK\r\n", "a reply that nobody asked for");
}

TEST(an_error_that_nobody_asked_for_is_the_reason)
{
	assert_remade("-ERR you are too slow\r\n", "ERR you are too slow");
}

TEST(kinds_of_sharded_pubsub_remake_the_connection)
{
	assert_remade("*3\r\n$8\r\nsmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
		      "a reply that nobody asked for");
}

TEST(a_confirmation_that_nobody_asked_for_remakes_the_connection)
{
	assert_remade("*3\r\n$10\r\nssubscribe\r\n$1\r\na\r\n:1\r\n",
		      "a reply that nobody asked for");
}

TEST(a_confirmation_of_another_name_remakes_the_connection)
{
	open_fake_up();
	fake_redis_answer("subscribe",
			  "*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:1\r\n");
	redis_conn_subscribe(trace.conn, "a");
	assert_reason("a reply that nobody asked for");
	close_fake();
}

TEST(a_message_that_is_no_string_remakes_the_connection)
{
	assert_remade("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n:1\r\n",
		      "a reply that nobody asked for");
}

TEST(a_push_of_resp3_remakes_the_connection)
{
	open_fake_up();
	say(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n");
	TURN_UNTIL(trace.ups == 2);
	close_fake();
}

TEST(bytes_that_are_no_reply_remake_the_connection)
{
	assert_remade("what?\r\n", "Protocol error");
}

/* --- replies of any shape ------------------------------------------------- */

TEST(an_array_that_claims_a_billion_elements_is_refused)
{
	assert_remade_after("*1000000000\r\n", "a reply has too many elements");
}

TEST(arrays_in_arrays_without_end_are_refused)
{
	assert_remade_after("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"
			    "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
			    "a reply has too many levels");
}

TEST(a_line_without_end_is_refused)
{
	static char line[100 * 1024];

	memset(line, 'a', sizeof(line) - 1);
	line[0] = '+';
	assert_remade_after(line, "a line of a reply is too long");
}

TEST(a_pending_reply_is_null_when_the_server_hangs_up)
{
	open_fake_up();
	fake_redis_answer("GET", "");
	ck_assert(send_words("GET", "a"));
	TURN_UNTIL(strstr(fake_redis.got, "GET a ;") != NULL);
	fake_redis_hang_up("PING");
	assert_reason("closed by Redis");
	ck_assert_str_eq(trace.reply, "null");
	close_fake();
}

static void
ignore(void *arg, const struct redis_reply *reply)
{
	(void)arg;
	(void)reply;
}

/* --- what is sent --------------------------------------------------------- */

TEST(all_commands_of_a_turn_leave_in_one_write)
{
	size_t reads;

	open_fake_up();
	reads = fake_redis.reads;
	for (int i = 0; i < 100; i++)
		ck_assert(send_words("GET", "a"));
	TURN_UNTIL(trace.replies == 100);
	ck_assert_uint_eq(fake_redis.reads, reads + 1);
	close_fake();
}

TEST(a_word_may_hold_any_byte)
{
	const struct text words[] = {{"ECHO", 4}, {"a\0\r\nb", 5}};

	open_fake_up();
	fake_redis_answer("ECHO", "");
	ck_assert(redis_conn_send(trace.conn, words, 2, ignore, NULL));
	TURN_UNTIL(strstr(fake_redis.got, "ECHO a") != NULL);
	close_fake();
}

TEST(the_names_of_a_turn_are_in_one_command)
{
	open_fake_up();
	redis_conn_subscribe(trace.conn, "a");
	redis_conn_subscribe(trace.conn, "b");
	redis_conn_unsubscribe(trace.conn, "c");
	redis_conn_unsubscribe(trace.conn, "d");
	redis_conn_subscribe(trace.conn, "c");
	TURN_UNTIL(strstr(trace.received, "unsubscribe d subscribe c") != NULL);
	ck_assert_str_eq(fake_redis.got, "PING ;INFO server ;subscribe a b ;"
					 "unsubscribe c d ;subscribe c ;");
	close_fake();
}

TEST(names_of_more_than_64_kb_are_in_several_commands)
{
	static char name[16 * 1024 + 1];
	const char *second;

	memset(name, 'x', sizeof(name) - 1);
	open_fake_up();
	for (int i = 0; i < 5; i++)
		redis_conn_subscribe(trace.conn, name);
	TURN_UNTIL((second = strstr(fake_redis.got, ";subscribe")) != NULL &&
		   strstr(second + 1, ";subscribe") != NULL);
	close_fake();
}

TEST(names_of_a_command_that_an_acl_refuses_are_sent_alone)
{
	open_fake_up();
	fake_redis_answer("subscribe", "-NOPERM no permissions\r\n");
	redis_conn_subscribe(trace.conn, "a");
	redis_conn_subscribe(trace.conn, "b");
	TURN_UNTIL(trace.refusals == 2);
	ck_assert_str_eq(fake_redis.got, "PING ;INFO server ;subscribe a b ;"
					 "subscribe a ;subscribe b ;");
	ck_assert_str_eq(trace.refused, "b: NOPERM no permissions");
	ck_assert_uint_eq(trace.downs, 0);
	close_fake();
}

TEST(any_other_error_of_subscribe_is_the_reason_it_is_down)
{
	open_fake_up();
	fake_redis_answer("subscribe", "-LOADING Redis is loading\r\n");
	redis_conn_subscribe(trace.conn, "a");
	assert_reason("LOADING Redis is loading");
	close_fake();
}
