/* SPDX-License-Identifier: MIT */
/* shared/bus/redis_conn.c, one fact a test; the name is the fact. */
#include "config.h"

#include "shared/bus/redis_conn.h"

#include <string.h>

#include "tests/unit/redis_seen.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

TEST(a_command_is_answered)
{
	redis_server_start();
	open_up("", "");
	assert_reply("ECHO", "hello", "hello");
	close_all();
}

TEST(before_it_is_up_nothing_is_sent)
{
	redis_server_start();
	open_as("", "");
	ck_assert(!send_words("PING", ""));
	close_all();
	ck_assert_uint_eq(seen.answers, 0);
}

TEST(without_redis_it_is_down_and_says_why)
{
	redis_server_prepare();
	open_as("", "");
	assert_down_because("No such file");
	close_all();
}

TEST(it_tries_until_redis_is_there)
{
	redis_server_prepare();
	open_as("", "");
	TURN_UNTIL(seen.downs > 1);
	redis_server_start();
	TURN_UNTIL(seen.ups == 1);
	assert_reply("PING", "", "PONG");
	close_all();
}

TEST(each_try_may_wait_twice_as_long_as_the_one_before)
{
	double least = 0.5 * 0.05;

	redis_server_prepare();
	open_as("", "");
	TURN_UNTIL(seen.downs == 6);
	for (size_t i = 0; i + 1 < 6; i++, least *= 2)
		ck_assert_double_ge(seen.down_at[i + 1] - seen.down_at[i],
				    least * 0.99);
	close_all();
}

TEST(after_redis_was_restarted_it_is_up_again)
{
	redis_server_start();
	open_up("", "");
	redis_server_kill();
	TURN_UNTIL(seen.downs > 0);
	redis_server_start();
	TURN_UNTIL(seen.ups == 2);
	assert_reply("PING", "", "PONG");
	close_all();
}

TEST(an_answer_owed_when_redis_dies_is_null)
{
	redis_server_start();
	open_up("", "");
	redis_server_freeze();
	ck_assert(send_words("PING", ""));
	turn_for(0.05);
	redis_server_kill();
	TURN_UNTIL(seen.answers == 1);
	ck_assert_str_eq(seen.response, "null");
	close_all();
}

TEST(closing_answers_null_and_calls_no_handler)
{
	redis_server_start();
	open_up("", "");
	redis_server_freeze();
	ck_assert(send_words("PING", ""));
	close_all();
	ck_assert_uint_eq(seen.answers, 1);
	ck_assert_str_eq(seen.response, "null");
	ck_assert_uint_eq(seen.downs, 0);
}

TEST(no_answer_within_bus_timeout_is_down)
{
	redis_server_start();
	lose_patience_after(1);
	open_up("", "");
	redis_server_freeze();
	ck_assert(send_words("PING", ""));
	assert_down_because("no answer within bus.timeout");
	ck_assert_str_eq(seen.response, "null");
	close_all();
}

TEST(silence_is_no_fault_when_nothing_is_owed)
{
	redis_server_start();
	lose_patience_after(2);
	open_up("", "");
	assert_reply("PING", "", "PONG");
	redis_server_freeze();
	turn_for(2.5);
	ck_assert_uint_eq(seen.downs, 0);
	redis_server_thaw();
	assert_reply("PING", "", "PONG");
	close_all();
}

TEST(slow_answers_that_keep_coming_are_no_fault)
{
	redis_server_start();
	lose_patience_after(3); /* less than all of it, much more than each */
	open_up("", "");
	for (int i = 0; i < 4; i++) {
		ck_assert(send_words("PING", ""));
		redis_server_freeze();
		turn_for(0.9);
		redis_server_thaw();
		ck_assert(send_words("PING", ""));
		TURN_UNTIL(seen.answers == (size_t)(2 * i + 2));
	}
	ck_assert_uint_eq(seen.downs, 0);
	close_all();
}

TEST(an_error_is_an_response)
{
	redis_server_start();
	open_up("", "");
	assert_reply("NONSENSE", "", "ERR unknown command");
	ck_assert_uint_eq(seen.downs, 0);
	close_all();
}

TEST(a_restart_is_down_for_that_reason_then_up)
{
	redis_server_start();
	open_up("", "");
	redis_conn_restart(seen.conn, "of a test");
	ck_assert_uint_eq(seen.downs, 0); /* safe in any callback */
	assert_down_because("of a test");
	TURN_UNTIL(seen.ups == 2);
	close_all();
}

TEST(what_is_published_to_a_subscription_is_heard)
{
	redis_server_start();
	open_up("", "");
	ck_assert(redis_conn_subscription(seen.conn, "SUBSCRIBE", "news", 4));
	TURN_UNTIL(strcmp(seen.heard, "subscribe news ") == 0);
	redis_ask("PUBLISH news hi");
	TURN_UNTIL(strcmp(seen.heard, "subscribe news message news hi ") == 0);
	close_all();
}

TEST(a_message_does_not_pay_for_an_response)
{
	redis_server_start();
	lose_patience_after(1);
	open_up("", "");
	ck_assert(redis_conn_subscription(seen.conn, "SUBSCRIBE", "a", 1));
	TURN_UNTIL(strcmp(seen.heard, "subscribe a ") == 0);
	for (int i = 0; i < 3; i++)
		redis_ask("PUBLISH a hi");
	redis_ask("CLIENT PAUSE 60000 ALL"); /* is obeyed after these */
	ck_assert(redis_conn_subscription(seen.conn, "SUBSCRIBE", "b", 1));
	assert_down_because("no answer within bus.timeout");
	close_all();
}
