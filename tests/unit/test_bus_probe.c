/* SPDX-License-Identifier: MIT */
/* shared/bus/probe.c */
#include "config.h"

#include <string.h>

#include "shared/bus/probe.h"
#include "shared/bus/state.h"
#include "shared/bus/subscribe.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

static struct conf conf;
static struct bus *bus;
static char trace[BUS_TRACE_SIZE];
static unsigned int bus_timeout = 10;
static unsigned int alive, late, dead, forbidden; /* results */

static void
open_bus(void)
{
	redis_server_conf(&conf, "", "");
	conf.bus_timeout = bus_timeout;
	bus = bus_trace_open(&conf, trace);
}

static void
close_all(void)
{
	bus_close(bus);
	turn_end();
}

static void
count(void *arg, enum bus_probe_result result)
{
	(void)arg;
	alive += result == BUS_PROBE_ALIVE;
	late += result == BUS_PROBE_LATE;
	dead += result == BUS_PROBE_DEAD;
	forbidden += result == BUS_PROBE_FORBIDDEN;
}

static void
probe(void)
{
	ck_assert(bus_probe(bus, count, NULL));
}

/* A first probe is back, so all is up; the trace is empty. */
static void
open_up(void)
{
	redis_server_start();
	open_bus();
	TURN_UNTIL(bus_probe(bus, count, NULL));
	TURN_UNTIL(alive == 1);
	alive = 0;
	trace[0] = '\0';
}

static void
open_subscribed(const char *channel)
{
	open_up();
	bus_subscribe(bus, channel);
	TURN_UNTIL(strstr(trace, "subscribed:") != NULL);
}

TEST(a_probe_ends)
{
	open_up();
	probe();
	TURN_UNTIL(alive == 1);
	probe();
	TURN_UNTIL(alive == 2);
	close_all();
}

TEST(messages_announced_before_a_probe_arrive_before_it_ends)
{
	open_subscribed("news");
	for (int i = 0; i < 200; i++)
		redis_publish("news", i < 199 ? "hi" : "last");
	probe();
	TURN_UNTIL(alive == 1);
	ck_assert_ptr_nonnull(strstr(trace, "::last"));
	close_all();
}

static void
assert_tip_came(void *arg, enum bus_probe_result result)
{
	const struct bus_trace_tip *tip = arg;

	ck_assert_int_eq(result, BUS_PROBE_ALIVE);
	ck_assert_uint_eq(tip->calls, 1);
	alive++;
}

TEST(questions_asked_before_a_probe_are_answered_before_it_ends)
{
	struct bus_trace_tip tip;

	open_up();
	for (unsigned int i = 1; i <= 300; i++) {
		memset(&tip, 0, sizeof(tip));
		ck_assert_ptr_nonnull(bus_tip(bus, "a", bus_trace_tip, &tip));
		ck_assert(bus_probe(bus, assert_tip_came, &tip));
		TURN_UNTIL(alive == i);
	}
	close_all();
}

TEST(the_token_of_another_process_is_ignored)
{
	static char text[BUS_TRACE_SIZE];
	struct bus *other;

	open_up();
	other = bus_trace_open(&conf, text);
	TURN_UNTIL(strstr(text, "subscription_up") != NULL);
	redis_server_freeze();
	probe();
	redis_server_thaw();
	TURN_UNTIL(alive == 1);
	turn_for(0.1);
	ck_assert_uint_eq(alive, 1);
	ck_assert_uint_eq(late, 0);
	bus_close(other);
	close_all();
}

/* Redis forgets the subscription of the token, and the bus does not know. */
static void
lose_subscription(void)
{
	redis_conn_unsubscribe(bus->subscription, bus->probe.channel);
	TURN_UNTIL(redis_ask("PUBSUB CHANNELS")[0] == '\0');
}

TEST(a_token_that_does_not_arrive_is_late_then_dead)
{
	bus_timeout = 2;
	open_up();
	lose_subscription();
	probe();
	TURN_UNTIL(late == 1);
	ck_assert_uint_eq(dead, 0);
	TURN_UNTIL(dead == 1);
	ck_assert_uint_eq(late, 1);
	ck_assert_uint_eq(alive, 0);
	close_all();
}

TEST(a_dead_subscription_is_remade_alone)
{
	bus_timeout = 2;
	open_up();
	lose_subscription();
	probe();
	TURN_UNTIL(strcmp(trace, "subscription_down subscription_up") == 0);
	ck_assert_uint_eq(dead, 1);
	TURN_UNTIL(bus_probe(bus, count, NULL));
	TURN_UNTIL(alive == 1);
	close_all();
}

TEST(a_token_that_is_forbidden_is_told_each_time)
{
	open_up();
	redis_ask("ACL SETUSER default -publish");
	probe();
	TURN_UNTIL(forbidden == 1);
	probe();
	TURN_UNTIL(forbidden == 2);
	redis_ask("ACL SETUSER default +publish");
	probe();
	TURN_UNTIL(alive == 1);
	ck_assert_str_eq(trace, "");
	close_all();
}

TEST(a_token_channel_that_is_forbidden_leaves_the_other_channels)
{
	open_up();
	redis_ask("ACL SETUSER default resetchannels &push:0:{news}");
	TURN_UNTIL(strcmp(trace, "subscription_down subscription_up") == 0);
	bus_subscribe(bus, "news");
	TURN_UNTIL(bus_trace_has(trace, "subscribed:news"));
	TURN_UNTIL(bus_probe(bus, count, NULL));
	TURN_UNTIL(forbidden == 1);
	redis_ask("ACL SETUSER default allchannels");
	TURN_UNTIL((bus_probe(bus, count, NULL), alive == 1));
	ck_assert_uint_eq(dead, 0);
	close_all();
}

TEST(a_frozen_redis_is_late_then_the_commands_are_down)
{
	bus_timeout = 2;
	open_up();
	redis_server_freeze();
	probe();
	TURN_UNTIL(strcmp(trace, "down") == 0);
	ck_assert_uint_eq(late, 1);
	ck_assert_uint_eq(dead, 0);
	redis_server_thaw();
	TURN_UNTIL(bus_probe(bus, count, NULL));
	TURN_UNTIL(alive == 1);
	ck_assert_str_eq(trace, "down up");
	close_all();
}

TEST(a_probe_while_redis_is_down_does_not_begin)
{
	open_up();
	redis_server_kill();
	TURN_UNTIL(!bus_is_up(bus));
	ck_assert(!bus_probe(bus, count, NULL));
	close_all();
}

TEST(one_probe_runs_at_a_time)
{
	open_up();
	probe();
	ck_assert(!bus_probe(bus, count, NULL));
	TURN_UNTIL(alive == 1);
	close_all();
}
