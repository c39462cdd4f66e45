/* SPDX-License-Identifier: MIT */
/* shared/bus/bus.c and probe.c, with a Redis that is another one after a
 * reconnect, or busy, or old. */
#include "config.h"

#include <string.h>

#include "shared/bus/probe.h"
#include "shared/bus/subscribe.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/fake_redis.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

static struct conf conf;
static struct bus *bus;
static char trace[BUS_TRACE_SIZE];
static unsigned int late, others; /* results of probes */

/* Both connections are up; the trace is empty. */
static void
open_up(void)
{
	fake_redis_open(&conf);
	bus = bus_trace_open(&conf, trace);
	TURN_UNTIL(strstr(fake_redis.got, "EVAL") != NULL &&
		   strstr(fake_redis.got, "subscribe") != NULL);
	turn_for(0.01);
	trace[0] = '\0';
}

static void
close_all(void)
{
	bus_close(bus);
	fake_redis_close();
	turn_end();
}

static void
count(void *arg, enum bus_probe_result result)
{
	(void)arg;
	late += result == BUS_PROBE_LATE;
	others += result != BUS_PROBE_LATE;
}

TEST(when_the_commands_reach_another_server_so_does_the_subscription)
{
	open_up();
	fake_redis.run_id = "another";
	fake_redis_hang_up("EVAL");
	TURN_UNTIL(strcmp(trace, "down up subscription_down subscription_up") ==
		   0);
	turn_for(0.1);
	ck_assert(bus_is_up(bus));
	close_all();
}

TEST(when_the_subscription_reaches_another_server_so_do_the_commands)
{
	open_up();
	fake_redis.run_id = "another";
	fake_redis_hang_up("subscribe");
	TURN_UNTIL(strcmp(trace, "subscription_down subscription_up down up") ==
		   0);
	close_all();
}

TEST(when_the_server_is_not_known_the_other_connection_stays)
{
	open_up();
	fake_redis_answer("INFO", "-NOPERM no permissions\r\n");
	fake_redis_hang_up("EVAL");
	TURN_UNTIL(strcmp(trace, "down up") == 0);
	turn_for(0.1);
	ck_assert_str_eq(trace, "down up");
	close_all();
}

/* The words of Redis 6.2. */
TEST(when_evalsha_is_forbidden_a_message_goes_with_its_script)
{
	struct bus_trace_publish answer;

	open_up();
	fake_redis_answer("EVALSHA",
			  "-NOPERM this user has no permissions to run the "
			  "'evalsha' command or its subcommand\r\n");
	fake_redis_answer("EVAL", "*1\r\n*4\r\n$3\r\n8-0\r\n:2\r\n:0\r\n"
				  "$0\r\n\r\n");
	answer = bus_trace_publish_now(bus, "news", "hi", NULL);
	ck_assert_int_eq(answer.result.status, PUBLISHED_STORED);
	ck_assert_uint_eq(answer.result.id.ms, 8);
	ck_assert_uint_eq(answer.result.processes, 2);
	close_all();
}

TEST(a_token_that_a_busy_redis_refuses_is_late_and_remakes_nothing)
{
	open_up();
	fake_redis_answer("PUBLISH",
			  "-BUSY Redis is busy running a script\r\n");
	TURN_UNTIL(bus_probe(bus, count, NULL));
	TURN_UNTIL(late == 1);
	TURN_UNTIL(bus_probe(bus, count, NULL)); /* the first one has ended */
	TURN_UNTIL(late == 2);
	ck_assert_uint_eq(others, 0);
	ck_assert_str_eq(trace, "");
	close_all();
}

TEST(a_token_that_a_server_refuses_while_it_loads_remakes_the_commands)
{
	open_up();
	fake_redis_answer("PUBLISH", "-LOADING Redis is loading\r\n");
	TURN_UNTIL(bus_probe(bus, count, NULL));
	TURN_UNTIL(strcmp(trace, "down up") == 0);
	close_all();
}

TEST(the_channels_of_a_turn_are_one_subscribe)
{
	open_up();
	bus_subscribe(bus, "a");
	bus_subscribe(bus, "b");
	bus_subscribe(bus, "c");
	TURN_UNTIL(strstr(trace, "subscribed:c") != NULL);
	ck_assert_ptr_nonnull(strstr(
	    fake_redis.got, "subscribe push:0:{a} push:0:{b} push:0:{c} ;"));
	close_all();
}
