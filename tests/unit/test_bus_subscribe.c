/* SPDX-License-Identifier: MIT */
/* shared/bus/bus.c and subscribe.c */
#include "config.h"

#include <string.h>

#include "shared/bus/subscribe.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

static struct conf conf;
static struct bus *bus;
static char trace[BUS_TRACE_SIZE];

static void
open_bus(void)
{
	redis_server_conf(&conf, "", "");
	bus = bus_trace_open(&conf, trace);
}

static void
close_all(void)
{
	bus_close(bus);
	turn_end();
}

/* Both connections are up, one is subscribed; the trace is empty. */
static void
open_up(void)
{
	redis_server_start();
	open_bus();
	TURN_UNTIL(bus_trace_has(trace, "up") &&
		   bus_trace_has(trace, "subscription_up"));
	TURN_UNTIL(redis_ask("PUBSUB CHANNELS")[0] != '\0');
	trace[0] = '\0';
}

/* Opens the bus and subscribes to `channel`; the trace is empty. */
static void
open_subscribed(const char *channel)
{
	open_up();
	bus_subscribe(bus, channel);
	TURN_UNTIL(strstr(trace, "subscribed:") != NULL);
	trace[0] = '\0';
}

TEST(it_is_starting_then_up)
{
	redis_server_start();
	open_bus();
	ck_assert(bus_is_starting(bus));
	TURN_UNTIL(bus_is_up(bus));
	ck_assert(!bus_is_starting(bus));
	ck_assert(bus_trace_has(trace, "up"));
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
	open_up();
	bus_subscribe(bus, "news");
	TURN_UNTIL(strcmp(trace, "subscribed:news") == 0);
	close_all();
}

TEST(an_announced_message_arrives_whole)
{
	open_subscribed("news");
	redis_ask("PUBLISH push:0:{news} %s", "7-1 6-2 4 chathi there");
	TURN_UNTIL(strstr(trace, "message") != NULL);
	ck_assert_str_eq(trace, "message:news:7-1:6-2:chat:hi there");
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
	TURN_UNTIL(strcmp(trace, "subscribed:news") == 0);
	redis_publish("news", "hi");
	TURN_UNTIL(strstr(trace, "message") != NULL);
	close_all();
}

TEST(both_are_down_when_redis_dies_and_up_when_it_returns)
{
	open_up();
	redis_server_kill();
	TURN_UNTIL(bus_trace_has(trace, "down") &&
		   bus_trace_has(trace, "subscription_down"));
	trace[0] = '\0';
	redis_server_start();
	TURN_UNTIL(bus_trace_has(trace, "up") &&
		   bus_trace_has(trace, "subscription_up"));
	close_all();
}

TEST(only_the_subscription_is_remade_when_it_is_lost)
{
	open_up();
	redis_ask("CLIENT KILL TYPE pubsub");
	TURN_UNTIL(strcmp(trace, "subscription_down subscription_up") == 0);
	ck_assert(bus_is_up(bus));
	close_all();
}

TEST(only_the_commands_are_remade_when_they_are_lost)
{
	open_subscribed("news");
	redis_ask("CLIENT KILL TYPE normal SKIPME yes");
	TURN_UNTIL(strcmp(trace, "down up") == 0);
	redis_publish("news", "hi");
	TURN_UNTIL(strstr(trace, "message:news") != NULL);
	close_all();
}

TEST(a_subscription_that_fails_to_connect_again_is_down_once)
{
	open_up();
	redis_server_kill();
	TURN_UNTIL(strstr(trace, "subscription_down") != NULL);
	turn_for(0.5);
	ck_assert_ptr_null(strstr(strstr(trace, "subscription_down") + 1,
				  "subscription_down"));
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

TEST(close_accepts_null)
{
	bus_close(NULL);
}
