/* SPDX-License-Identifier: MIT */
/* When redis_conn.c reconnects, and how the connections of bus.c help each
 * other. The backoff is one of the test. */
#include "config.h"

#include <string.h>

#include "shared/base/backoff.h"
#include "shared/bus/bus.h"
#include "shared/bus/redis_conn.h"
#include "shared/conf/conf_load.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/fake_redis.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/redis_trace.h"
#include "tests/unit/turn.h"

static const double SOON = 0.4, LATER = 2., NEVER = 1e6;

/* The limit of the last delay, and the delays in use. */
static double limit, soon_delay, later_delay;

double
backoff_delay(struct backoff *b, double most)
{
	(void)b;
	limit = most;
	return most < LATER ? soon_delay : later_delay;
}

/* --- the limit ------------------------------------------------------------ */

static void
assert_limit(double want)
{
	ck_assert_double_eq_tol(limit, want, 1e-9);
}

static void
close_fake(void)
{
	redis_conn_close(trace.conn);
	fake_redis_close();
	turn_end();
}

static void
assert_limit_when_ping_gets(const char *error, double want)
{
	soon_delay = NEVER;
	fake_redis_open(&trace.conf);
	fake_redis_answer("PING", error);
	open_conf();
	TURN_UNTIL(trace.downs == 1);
	ck_assert_uint_eq(trace.ups, 0);
	assert_limit(want);
	close_fake();
}

TEST(while_nothing_listens_the_next_attempt_is_soon)
{
	soon_delay = NEVER;
	redis_server_prepare();
	open_as("", "");
	TURN_UNTIL(trace.downs == 1);
	assert_limit(SOON);
	close_all();
}

TEST(while_redis_loads_its_data_the_next_attempt_is_soon)
{
	assert_limit_when_ping_gets(
	    "-LOADING Redis is loading the dataset in memory\r\n", SOON);
}

TEST(while_a_script_keeps_redis_busy_the_next_attempt_is_soon)
{
	assert_limit_when_ping_gets("-BUSY Redis is busy\r\n", SOON);
}

TEST(when_a_password_is_required_it_waits_longer)
{
	assert_limit_when_ping_gets("-NOAUTH Authentication required.\r\n",
				    LATER);
}

TEST(when_the_error_is_unknown_it_waits_longer)
{
	assert_limit_when_ping_gets("-ERR nonsense\r\n", LATER);
}

TEST(when_maxclients_is_reached_it_waits_longer)
{
	soon_delay = NEVER;
	fake_redis_open(&trace.conf);
	fake_redis.unasked = "-ERR max number of clients reached\r\n";
	open_conf();
	TURN_UNTIL(trace.downs == 1);
	assert_limit(LATER);
	close_fake();
}

TEST(when_it_was_up_only_for_a_moment_it_waits_longer)
{
	soon_delay = NEVER;
	fake_redis_open(&trace.conf);
	open_conf();
	TURN_UNTIL(trace.ups == 1);
	fake_redis_hang_up("PING");
	TURN_UNTIL(trace.downs == 1);
	assert_limit(LATER);
	close_fake();
}

/* The last attempt decides, not one before. */
TEST(when_the_password_is_no_longer_required_the_next_attempt_is_soon)
{
	later_delay = soon_delay = 0.;
	fake_redis_open(&trace.conf);
	fake_redis_answer("PING", "-NOAUTH Authentication required.\r\n");
	open_conf();
	TURN_UNTIL(trace.downs == 1);
	assert_limit(LATER);
	fake_redis_answer("PING", "-LOADING Redis is loading\r\n");
	TURN_UNTIL(strstr(trace.reason, "LOADING") != NULL);
	assert_limit(SOON);
	close_fake();
}

/* --- redis_conn_retry() --------------------------------------------------- */

TEST(a_retry_ends_the_wait)
{
	soon_delay = NEVER;
	redis_server_prepare();
	open_as("", "");
	TURN_UNTIL(trace.downs == 1);
	redis_server_start();
	redis_conn_retry(trace.conn);
	TURN_UNTIL(trace.ups == 1);
	close_all();
}

TEST(a_retry_of_one_that_is_up_does_nothing)
{
	redis_server_start();
	open_up("", "");
	redis_conn_retry(trace.conn);
	assert_reply("PING", "", "PONG");
	ck_assert_uint_eq(trace.ups, 1);
	ck_assert_uint_eq(trace.downs, 0);
	close_all();
}

/* Else two that go up and down would retry each other without any delay. */
TEST(after_it_was_up_only_for_a_moment_a_retry_does_nothing)
{
	later_delay = NEVER;
	fake_redis_open(&trace.conf);
	open_conf();
	TURN_UNTIL(trace.ups == 1);
	fake_redis_hang_up("PING");
	TURN_UNTIL(trace.downs == 1);
	redis_conn_retry(trace.conn);
	turn_for(0.05);
	ck_assert_uint_eq(fake_redis.accepted, 1);
	close_fake();
}

/* --- the connections of a bus --------------------------------------------- */

static char text[BUS_TRACE_SIZE];

/* Only those whose limit is `SOON` try again by themselves. */
static void
assert_both_come_back(void)
{
	struct conf conf;
	struct bus *bus;

	redis_server_prepare();
	redis_server_conf(&conf, "", "");
	bus = bus_trace_open(&conf, text);
	TURN_UNTIL(limit > 0.);
	redis_server_start();
	TURN_UNTIL(bus_trace_has(text, "up") &&
		   bus_trace_has(text, "subscription_up"));
	bus_close(bus);
	turn_end();
	conf_free(&conf);
}

TEST(when_the_commands_are_up_the_subscription_does_not_wait)
{
	soon_delay = 0.01;
	later_delay = NEVER;
	assert_both_come_back();
}

TEST(when_the_subscription_is_up_the_commands_do_not_wait)
{
	soon_delay = NEVER;
	later_delay = 0.01;
	assert_both_come_back();
}
