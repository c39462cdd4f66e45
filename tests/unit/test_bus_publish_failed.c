/* SPDX-License-Identifier: MIT */
/* shared/bus/publish.c: messages that wait, are not stored, or of which it is
 * not known. */
#include "config.h"

#include <string.h>

#include "tests/unit/bus_trace.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

static struct conf conf;
static unsigned int bus_timeout = 10;
static struct bus *bus;

static void
open_bus(const char *user)
{
	redis_server_conf(&conf, user, "");
	conf.bus_timeout = bus_timeout;
	bus = bus_trace_open_plain(&conf);
}

static void
close_all(void)
{
	bus_close(bus);
	turn_end();
}

/* Publishes to a Redis that does not answer. */
static void
send_to_frozen(struct bus_trace_publish *answer)
{
	struct publication publication =
	    bus_trace_publication("news", "hi", NULL);

	memset(answer, 0, sizeof(*answer));
	redis_server_start();
	open_bus("");
	TURN_UNTIL(bus_is_up(bus));
	redis_server_freeze();
	ck_assert_ptr_nonnull(
	    bus_publish(bus, &publication, bus_trace_published, answer));
	turn_for(0.05);
	ck_assert_uint_eq(answer->calls, 0);
}

TEST(without_redis_a_message_is_not_stored)
{
	struct bus_trace_publish answer;

	redis_server_prepare();
	open_bus("");
	answer = bus_trace_publish_now(bus, "news", "hi", NULL);
	ck_assert_int_eq(answer.result.status, PUBLISHED_NOT_STORED);
	ck_assert_ptr_nonnull(
	    strstr(answer.reason, "Redis cannot be reached: /"));
	close_all();
}

TEST(a_message_waits_for_the_first_connection)
{
	struct bus_trace_publish answer;

	redis_server_start();
	open_bus("");
	ck_assert(!bus_is_up(bus));
	answer = bus_trace_publish_now(bus, "news", "hi", NULL);
	ck_assert_int_eq(answer.result.status, PUBLISHED_STORED);
	close_all();
}

TEST(messages_that_waited_are_stored_in_order)
{
	struct bus_trace_publish answer[3] = {{.calls = 0}};
	const char *const data[] = {"one", "two", "three"};

	redis_server_start();
	open_bus("");
	for (int i = 0; i < 3; i++) {
		struct publication publication =
		    bus_trace_publication("news", data[i], NULL);

		ck_assert_ptr_nonnull(bus_publish(
		    bus, &publication, bus_trace_published, &answer[i]));
	}
	TURN_UNTIL(answer[2].calls == 1);
	ck_assert_int_lt(id_compare(answer[0].result.id, answer[1].result.id),
			 0);
	ck_assert_int_lt(id_compare(answer[1].result.id, answer[2].result.id),
			 0);
	close_all();
}

TEST(after_redis_died_a_message_is_not_stored)
{
	struct bus_trace_publish answer;

	redis_server_start();
	open_bus("");
	TURN_UNTIL(bus_is_up(bus));
	redis_server_kill();
	TURN_UNTIL(!bus_is_up(bus));
	answer = bus_trace_publish_now(bus, "news", "hi", NULL);
	ck_assert_int_eq(answer.result.status, PUBLISHED_NOT_STORED);
	close_all();
}

TEST(unknown_when_redis_dies_before_it_answers)
{
	struct bus_trace_publish answer;

	send_to_frozen(&answer);
	redis_server_kill();
	TURN_UNTIL(answer.calls == 1);
	ck_assert_int_eq(answer.result.status, PUBLISHED_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(answer.reason, "Redis (/"));
	close_all();
}

static void
publish_again(void *arg, const struct publish_result *result)
{
	struct publication publication =
	    bus_trace_publication("news", "again", NULL);

	ck_assert_int_eq(result->status, PUBLISHED_UNKNOWN);
	ck_assert_ptr_nonnull(
	    bus_publish(bus, &publication, bus_trace_published, arg));
}

TEST(a_message_published_while_redis_dies_is_not_stored)
{
	struct publication publication =
	    bus_trace_publication("news", "hi", NULL);
	struct bus_trace_publish answer = {.calls = 0};

	redis_server_start();
	open_bus("");
	TURN_UNTIL(bus_is_up(bus));
	redis_server_freeze();
	ck_assert_ptr_nonnull(
	    bus_publish(bus, &publication, publish_again, &answer));
	turn_for(0.05);
	redis_server_kill();
	TURN_UNTIL(answer.calls == 1);
	ck_assert_int_eq(answer.result.status, PUBLISHED_NOT_STORED);
	close_all();
}

TEST(unknown_when_no_answer_comes_within_bus_timeout)
{
	struct bus_trace_publish answer;

	bus_timeout = 2;
	send_to_frozen(&answer);
	TURN_UNTIL(answer.calls == 1);
	ck_assert_int_eq(answer.result.status, PUBLISHED_UNKNOWN);
	close_all();
}

TEST(unknown_when_the_bus_is_closed_before_the_answer)
{
	struct bus_trace_publish answer;

	send_to_frozen(&answer);
	close_all();
	ck_assert_uint_eq(answer.calls, 1);
	ck_assert_int_eq(answer.result.status, PUBLISHED_UNKNOWN);
}

TEST(not_stored_when_the_bus_is_closed_before_sending)
{
	struct publication publication =
	    bus_trace_publication("news", "hi", NULL);
	struct bus_trace_publish answer = {.calls = 0};

	redis_server_prepare();
	open_bus("");
	ck_assert_ptr_nonnull(
	    bus_publish(bus, &publication, bus_trace_published, &answer));
	close_all();
	ck_assert_uint_eq(answer.calls, 1);
	ck_assert_int_eq(answer.result.status, PUBLISHED_NOT_STORED);
}

TEST(a_cancelled_message_is_stored_without_a_callback)
{
	struct publication publication =
	    bus_trace_publication("news", "hi", NULL);
	struct bus_trace_publish answer = {.calls = 0};
	struct bus_call *call;

	redis_server_start();
	open_bus("");
	TURN_UNTIL(bus_is_up(bus));
	call = bus_publish(bus, &publication, bus_trace_published, &answer);
	bus_cancel(call);
	bus_trace_publish_now(bus, "news", "next", NULL);
	ck_assert_uint_eq(answer.calls, 0);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "2");
	close_all();
}

TEST(a_refused_message_is_not_stored_and_has_the_error_code)
{
	struct bus_trace_publish answer;

	redis_server_start();
	redis_ask("SET push:{news}:log text");
	open_bus("");
	answer = bus_trace_publish_now(bus, "news", "hi", NULL);
	ck_assert_int_eq(answer.result.status, PUBLISHED_NOT_STORED);
	ck_assert_ptr_nonnull(strstr(answer.reason, "WRONGTYPE"));
	close_all();
}

TEST(a_message_to_a_full_redis_is_not_stored)
{
	struct bus_trace_publish answer;

	redis_server_start();
	redis_ask("CONFIG SET maxmemory 1");
	open_bus("");
	answer = bus_trace_publish_now(bus, "news", "hi", NULL);
	ck_assert_int_eq(answer.result.status, PUBLISHED_NOT_STORED);
	ck_assert_ptr_nonnull(strstr(answer.reason, "OOM"));
	close_all();
}

TEST(a_user_without_channels_stores_but_does_not_announce)
{
	struct bus_trace_publish answer;

	redis_server_start();
	redis_ask("ACL SETUSER bob on >secret ~* resetchannels +@all");
	open_bus("bob:secret@");
	answer = bus_trace_publish_now(bus, "news", "hi", NULL);
	ck_assert_int_eq(answer.result.status, PUBLISHED_STORED);
	ck_assert_uint_eq(answer.result.processes, 0);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "1");
	close_all();
}

TEST(a_user_without_script_load_can_publish)
{
	redis_server_start();
	redis_ask("ACL SETUSER bob on >secret ~* &* +@all -script");
	open_bus("bob:secret@");
	TURN_UNTIL(bus_is_up(bus));
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(bus_trace_publish_now(bus, "news", "hi", NULL)
				     .result.status,
				 PUBLISHED_STORED);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "3");
	close_all();
}

TEST(it_reconnects_when_the_server_is_a_replica)
{
	struct bus_trace_publish answer;

	redis_server_start();
	redis_ask("REPLICAOF 127.0.0.1 1");
	open_bus("");
	TURN_UNTIL(bus_is_up(bus));
	answer = bus_trace_publish_now(bus, "news", "hi", NULL);
	ck_assert_int_eq(answer.result.status, PUBLISHED_NOT_STORED);
	TURN_UNTIL(!bus_is_up(bus));
	redis_ask("REPLICAOF NO ONE");
	TURN_UNTIL(bus_is_up(bus));
	answer = bus_trace_publish_now(bus, "news", "hi", NULL);
	ck_assert_int_eq(answer.result.status, PUBLISHED_STORED);
	close_all();
}
