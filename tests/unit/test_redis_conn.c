/* SPDX-License-Identifier: MIT */
/* shared/bus/redis_conn.c: commands, replies, reconnecting. */
#include "config.h"

#include "shared/bus/redis_conn.h"

#include <string.h>

#include "tests/unit/redis_server.h"
#include "tests/unit/redis_trace.h"
#include "tests/unit/turn.h"

TEST(a_command_gets_its_reply)
{
	redis_server_start();
	open_up("", "");
	assert_reply("ECHO", "hello", "hello");
	close_all();
}

TEST(no_command_is_sent_before_it_is_up)
{
	redis_server_start();
	open_as("", "");
	ck_assert(!send_words("PING", ""));
	close_all();
	ck_assert_uint_eq(trace.replies, 0);
}

TEST(without_redis_it_is_down_with_a_reason)
{
	redis_server_prepare();
	open_as("", "");
	assert_down_because("No such file");
	close_all();
}

TEST(it_retries_until_redis_is_there)
{
	redis_server_prepare();
	open_as("", "");
	TURN_UNTIL(trace.downs > 1);
	redis_server_start();
	TURN_UNTIL(trace.ups == 1);
	assert_reply("PING", "", "PONG");
	close_all();
}

TEST(the_backoff_doubles)
{
	double least = 0.5 * 0.05;

	redis_server_prepare();
	open_as("", "");
	TURN_UNTIL(trace.downs == 6);
	for (size_t i = 0; i + 1 < 6; i++, least *= 2)
		ck_assert_double_ge(trace.down_at[i + 1] - trace.down_at[i],
				    least * 0.99);
	close_all();
}

TEST(it_reconnects_after_redis_restarts)
{
	redis_server_start();
	open_up("", "");
	redis_server_kill();
	TURN_UNTIL(trace.downs > 0);
	redis_server_start();
	TURN_UNTIL(trace.ups == 2);
	assert_reply("PING", "", "PONG");
	close_all();
}

TEST(a_pending_reply_is_null_when_redis_dies)
{
	redis_server_start();
	open_up("", "");
	redis_server_freeze();
	ck_assert(send_words("PING", ""));
	turn_for(0.05);
	redis_server_kill();
	TURN_UNTIL(trace.replies == 1);
	ck_assert_str_eq(trace.reply, "null");
	close_all();
}

TEST(close_makes_pending_replies_null_and_calls_no_handler)
{
	redis_server_start();
	open_up("", "");
	redis_server_freeze();
	ck_assert(send_words("PING", ""));
	close_all();
	ck_assert_uint_eq(trace.replies, 1);
	ck_assert_str_eq(trace.reply, "null");
	ck_assert_uint_eq(trace.downs, 0);
}

TEST(no_reply_within_bus_timeout_is_down)
{
	redis_server_start();
	set_bus_timeout(1);
	open_up("", "");
	redis_server_freeze();
	ck_assert(send_words("PING", ""));
	assert_down_because("no reply within bus.timeout");
	ck_assert_str_eq(trace.reply, "null");
	close_all();
}

TEST(silence_is_fine_when_nothing_is_pending)
{
	redis_server_start();
	set_bus_timeout(2);
	open_up("", "");
	assert_reply("PING", "", "PONG");
	redis_server_freeze();
	turn_for(2.5);
	ck_assert_uint_eq(trace.downs, 0);
	redis_server_thaw();
	assert_reply("PING", "", "PONG");
	close_all();
}

TEST(slow_replies_that_keep_coming_are_fine)
{
	redis_server_start();
	set_bus_timeout(5); /* less than all of it, much more than each */
	open_up("", "");
	for (int i = 0; i < 6; i++) {
		ck_assert(send_words("PING", ""));
		redis_server_freeze();
		turn_for(0.9);
		redis_server_thaw();
		ck_assert(send_words("PING", ""));
		TURN_UNTIL(trace.replies == (size_t)(2 * i + 2));
	}
	ck_assert_uint_eq(trace.downs, 0);
	close_all();
}

TEST(an_error_is_a_reply)
{
	redis_server_start();
	open_up("", "");
	assert_reply("NONSENSE", "", "ERR unknown command");
	ck_assert_uint_eq(trace.downs, 0);
	close_all();
}

TEST(a_restart_is_down_with_its_reason_then_up)
{
	redis_server_start();
	open_up("", "");
	redis_conn_restart(trace.conn, "of a test");
	ck_assert_uint_eq(trace.downs, 0); /* not before the next turn */
	assert_down_because("of a test");
	TURN_UNTIL(trace.ups == 2);
	close_all();
}

TEST(a_message_of_a_subscribed_channel_is_received)
{
	redis_server_start();
	open_up("", "");
	redis_conn_subscribe(trace.conn, "news");
	TURN_UNTIL(strcmp(trace.received, "subscribe news ") == 0);
	redis_ask("PUBLISH news hi");
	TURN_UNTIL(strcmp(trace.received, "subscribe news message news hi ") ==
		   0);
	close_all();
}

TEST(a_message_does_not_count_as_a_reply)
{
	redis_server_start();
	set_bus_timeout(1);
	open_up("", "");
	redis_conn_subscribe(trace.conn, "a");
	TURN_UNTIL(strcmp(trace.received, "subscribe a ") == 0);
	for (int i = 0; i < 3; i++)
		redis_ask("PUBLISH a hi");
	redis_ask("CLIENT PAUSE 60000 ALL"); /* takes effect after these */
	redis_conn_subscribe(trace.conn, "b");
	assert_down_because("no reply within bus.timeout");
	close_all();
}
