/* SPDX-License-Identifier: MIT */
/* shared/bus/bus.c, subscribe.c and probe.c */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/bus/probe.h"
#include "shared/bus/subscribe.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

static struct conf conf;
static struct bus *bus;
static char trace[BUS_TRACE_SIZE];
static unsigned int probed, bus_timeout = 10;

static void
open_bus(void)
{
	redis_server_conf(&conf, "", "");
	conf.bus_timeout = bus_timeout;
	bus = bus_trace_open(&conf, trace);
}

static void
open_up(void)
{
	redis_server_start();
	open_bus();
	TURN_UNTIL(bus_is_up(bus));
}

/* Opens the bus and subscribes to `channel`. */
static void
open_subscribed(const char *channel)
{
	open_up();
	bus_subscribe(bus, channel);
	TURN_UNTIL(strstr(trace, "subscribed:") != NULL);
}

static void
close_all(void)
{
	bus_close(bus);
	turn_end();
}

static void
count_probe(void *arg)
{
	(void)arg;
	probed++;
}

TEST(it_is_starting_then_up)
{
	redis_server_start();
	open_bus();
	ck_assert(bus_is_starting(bus));
	TURN_UNTIL(bus_is_up(bus));
	ck_assert(!bus_is_starting(bus));
	ck_assert_str_eq(trace, "up");
	close_all();
}

TEST(a_failed_first_attempt_is_reported_once)
{
	redis_server_prepare();
	open_bus();
	TURN_UNTIL(!bus_is_starting(bus));
	turn_for(0.5);
	ck_assert_str_eq(trace, "down");
	close_all();
}

TEST(a_subscription_is_confirmed)
{
	open_subscribed("news");
	ck_assert_str_eq(trace, "up subscribed:news");
	close_all();
}

TEST(an_announced_message_arrives_whole)
{
	open_subscribed("news");
	redis_ask("PUBLISH push:0:{news} %s", "7-1 6-2 4 chathi there");
	TURN_UNTIL(strstr(trace, "message") != NULL);
	ck_assert_str_eq(trace, "up subscribed:news "
				"message:news:7-1:6-2:chat:hi there");
	close_all();
}

TEST(messages_of_other_channels_do_not_arrive)
{
	open_subscribed("news");
	redis_publish("sport", "no");
	redis_publish("news", "yes");
	TURN_UNTIL(strstr(trace, "yes") != NULL);
	ck_assert_ptr_null(strstr(trace, "no "));
	ck_assert_ptr_null(strstr(trace, "sport"));
	close_all();
}

TEST(a_message_of_another_program_is_ignored)
{
	open_subscribed("news");
	redis_ask("PUBLISH push:0:{news} nonsense");
	redis_publish("news", "yes");
	TURN_UNTIL(strstr(trace, "yes") != NULL);
	ck_assert_ptr_null(strstr(trace, "nonsense"));
	close_all();
}

TEST(no_message_arrives_after_unsubscribe)
{
	open_subscribed("news");
	bus_unsubscribe(bus, "news");
	TURN_UNTIL(strcmp(redis_ask("PUBSUB NUMSUB push:0:{news}"),
			  "push:0:{news} 0") == 0);
	redis_publish("news", "hi");
	turn_for(0.1);
	ck_assert_ptr_null(strstr(trace, "message"));
	close_all();
}

TEST(a_channel_can_be_subscribed_again)
{
	open_subscribed("news");
	bus_unsubscribe(bus, "news");
	bus_subscribe(bus, "news");
	TURN_UNTIL(strcmp(trace, "up subscribed:news subscribed:news") == 0);
	redis_publish("news", "hi");
	TURN_UNTIL(strstr(trace, "message") != NULL);
	close_all();
}

TEST(it_is_down_when_redis_dies_and_up_when_it_returns)
{
	open_up();
	redis_server_kill();
	TURN_UNTIL(strcmp(trace, "up down") == 0);
	redis_server_start();
	TURN_UNTIL(strcmp(trace, "up down up") == 0);
	close_all();
}

TEST(it_is_down_then_up_when_the_subscription_is_lost)
{
	open_up();
	redis_ask("CLIENT KILL TYPE pubsub");
	TURN_UNTIL(strcmp(trace, "up down up") == 0);
	close_all();
}

TEST(it_is_down_then_up_when_the_commands_are_lost)
{
	open_up();
	redis_ask("CLIENT KILL TYPE normal SKIPME yes");
	TURN_UNTIL(strcmp(trace, "up down up") == 0);
	close_all();
}

TEST(a_bus_that_does_not_subscribe_has_one_connection)
{
	redis_server_start();
	redis_server_conf(&conf, "", "");
	bus = bus_trace_open_plain(&conf);
	TURN_UNTIL(bus_is_up(bus));
	bus_trace_publish_now(bus, "news", "hi", NULL);
	ck_assert_ptr_nonnull(/* ours, and the test's */
			      strstr(redis_ask("INFO clients"),
				     "connected_clients:2\r"));
	close_all();
}

TEST(a_bus_with_many_channels_has_two_connections)
{
	char name[] = "a";

	open_up();
	for (; name[0] <= 'z'; name[0]++)
		bus_subscribe(bus, name);
	TURN_UNTIL(strstr(trace, "subscribed:z") != NULL);
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("INFO clients"), "connected_clients:3\r"));
	close_all();
}

TEST(a_probe_ends)
{
	open_up();
	bus_probe(bus, count_probe, NULL);
	TURN_UNTIL(probed == 1);
	bus_probe(bus, count_probe, NULL);
	TURN_UNTIL(probed == 2);
	close_all();
}

TEST(messages_announced_before_a_probe_arrive_before_it_ends)
{
	open_subscribed("news");
	for (int i = 0; i < 200; i++)
		redis_publish("news", i < 199 ? "hi" : "last");
	bus_probe(bus, count_probe, NULL);
	TURN_UNTIL(probed == 1);
	ck_assert_ptr_nonnull(strstr(trace, "::last"));
	close_all();
}

static void
assert_tip_came(void *arg)
{
	const struct bus_trace_tip *tip = arg;

	ck_assert_uint_eq(tip->calls, 1);
	probed++;
}

TEST(questions_asked_before_a_probe_are_answered_before_it_ends)
{
	struct bus_trace_tip tip;

	open_up();
	for (unsigned int i = 1; i <= 300; i++) {
		memset(&tip, 0, sizeof(tip));
		ck_assert_ptr_nonnull(bus_tip(bus, "a", bus_trace_tip, &tip));
		bus_probe(bus, assert_tip_came, &tip);
		TURN_UNTIL(probed == i);
	}
	close_all();
}

TEST(the_token_of_another_process_is_ignored)
{
	static char text[BUS_TRACE_SIZE];
	struct bus *other;

	open_up();
	other = bus_trace_open(&conf, text);
	TURN_UNTIL(bus_is_up(other));
	redis_server_freeze();
	bus_probe(bus, count_probe, NULL);
	redis_server_thaw();
	TURN_UNTIL(probed == 1);
	turn_for(0.1);
	ck_assert_uint_eq(probed, 1);
	ck_assert_str_eq(text, "up");
	bus_close(other);
	close_all();
}

/* Connections since Redis was started; one is the test's. */
static long
connections(void)
{
	const char *field = "total_connections_received:";

	return strtol(strstr(redis_ask("INFO stats"), field) + strlen(field),
		      NULL, 10);
}

TEST(a_lost_probe_remakes_both_connections)
{
	bus_timeout = 2;
	open_up();
	redis_ask("ACL SETUSER default -publish");
	bus_probe(bus, count_probe, NULL);
	TURN_UNTIL(strcmp(trace, "up down up") == 0);
	ck_assert_int_eq(connections(), 1 + 2 + 2);
	ck_assert_uint_eq(probed, 0);
	redis_ask("ACL SETUSER default +publish");
	bus_probe(bus, count_probe, NULL);
	TURN_UNTIL(probed == 1);
	close_all();
}

TEST(a_probe_detects_a_frozen_redis)
{
	bus_timeout = 2;
	open_up();
	redis_server_freeze();
	bus_probe(bus, count_probe, NULL);
	TURN_UNTIL(strcmp(trace, "up down") == 0);
	redis_server_thaw();
	TURN_UNTIL(bus_is_up(bus));
	ck_assert_uint_eq(probed, 0);
	close_all();
}

TEST(a_probe_while_redis_is_down_does_nothing)
{
	open_up();
	redis_server_kill();
	TURN_UNTIL(!bus_is_up(bus));
	bus_probe(bus, count_probe, NULL);
	redis_server_start();
	TURN_UNTIL(bus_is_up(bus));
	turn_for(0.1);
	ck_assert_uint_eq(probed, 0);
	close_all();
}

TEST(close_accepts_null)
{
	bus_close(NULL);
}
