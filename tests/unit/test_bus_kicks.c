/* SPDX-License-Identifier: MIT */
/* shared/bus/kicks.c, kick.lua and kicks.lua. */
#include "config.h"

#include "shared/bus/kicks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/bus/bus.h"
#include "shared/bus/state.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

static struct conf conf;
static struct bus *bus;
static char trace[BUS_TRACE_SIZE];

/* What the bus has told: the last kick, and the last list. */
static struct {
	unsigned int kicked, listed;
	char text[KICK_TEXT_SIZE];
	uint64_t ms;
	char list[4096]; /* with spaces */
	size_t count;
	uint64_t list_ms; /* of the first */
} told;

static struct {
	unsigned int calls;
	struct bus_kick_result result;
	bool refused;
} done;

static void
kicked(void *arg, const struct kick *kick, uint64_t ms)
{
	(void)arg;
	told.kicked++;
	kick_text(told.text, kick);
	told.ms = ms;
}

static void
listed(void *arg, const struct bus_kick *kicks, size_t count)
{
	(void)arg;
	told.listed++;
	told.count = count;
	told.list[0] = '\0';
	told.list_ms = count > 0 ? kicks[0].ms : 0;
	for (size_t i = 0; i < count && i < 8; i++) {
		char text[KICK_TEXT_SIZE];

		kick_text(text, &kicks[i].kick);
		strcat(told.list, i > 0 ? " " : "");
		strcat(told.list, text);
	}
}

static const struct bus_kicks_handler handler = {.kicked = kicked,
						 .listed = listed};

static void
open_bus(void)
{
	memset(&told, 0, sizeof(told));
	bus = bus_trace_open(&conf, trace);
	bus_kicks_listen(bus, &handler, NULL);
	TURN_UNTIL(told.listed > 0);
	TURN_UNTIL(strcmp(redis_ask("PUBSUB NUMSUB push:0:control"),
			  "push:0:control 1") == 0);
}

static void
open_all(void)
{
	redis_server_start();
	redis_server_conf(&conf, "", "");
	conf.bus_timeout = 10;
	open_bus();
}

static void
close_all(void)
{
	bus_close(bus);
	turn_end();
}

static void
answered(void *arg, const struct bus_kick_result *result)
{
	(void)arg;
	done.calls++;
	done.result = *result;
	done.refused = result->reason != NULL;
}

static void
kick(const char *text, uint64_t ms)
{
	struct kick k;

	memset(&done, 0, sizeof(done));
	ck_assert_ptr_null(kick_parse(&k, text_of(text)));
	ck_assert(bus_kick(bus, &k, ms, answered, NULL));
	TURN_UNTIL(done.calls == 1);
}

TEST(a_kick_is_announced_to_all_processes)
{
	open_all();
	ck_assert_uint_eq(told.count, 0);
	kick("user=Ann B", 60000);
	ck_assert(!done.refused);
	ck_assert_uint_eq(done.result.processes, 1);
	TURN_UNTIL(told.kicked == 1);
	ck_assert_str_eq(told.text, "user=Ann B");
	ck_assert_uint_eq(told.ms, 60000);
	close_all();
}

TEST(a_process_born_later_reads_it)
{
	open_all();
	kick("user=ann", 60000);
	kick("client=tab", 50000);
	bus_close(bus);
	open_bus();
	ck_assert_str_eq(told.list, "user=ann client=tab");
	ck_assert_uint_gt(told.list_ms, 0);
	ck_assert_uint_le(told.list_ms, 60000);
	close_all();
}

TEST(a_kick_of_0_ms_ends_an_earlier_one)
{
	open_all();
	kick("user=ann", 60000);
	kick("user=ann", 0);
	ck_assert(!done.refused);
	TURN_UNTIL(told.kicked == 2);
	ck_assert_uint_eq(told.ms, 0);
	ck_assert_str_eq(redis_ask("EXISTS push:kicks"), "0");
	close_all();
}

TEST(what_has_ended_is_not_listed_and_is_removed)
{
	open_all();
	redis_ask("ZADD push:kicks 1000 user=old");
	redis_ask("ZADD push:kicks 99999999999999 user=new");
	bus_close(bus);
	open_bus();
	ck_assert_str_eq(told.list, "user=new");
	kick("client=tab", 60000);
	ck_assert_str_eq(redis_ask("ZCARD push:kicks"), "2");
	close_all();
}

TEST(the_list_expires_with_its_last_kick)
{
	open_all();
	kick("user=ann", 60000);
	kick("user=bob", 10000);
	ck_assert_int_gt(atoi(redis_ask("PTTL push:kicks")), 50000);
	ck_assert_int_le(atoi(redis_ask("PTTL push:kicks")), 60000);
	close_all();
}

TEST(above_the_maximum_those_that_end_soonest_are_dropped)
{
	/* in the script: 1000 commands would take long */
	static const char fill[] =
	    "for i = 1, 1000 do redis.call('ZADD', KEYS[1], 9e13 + i, "
	    "'client=c' .. i) end";

	open_all();
	redis_ask("EVAL %s 1 push:kicks", fill);
	kick("user=ann", 60000);
	ck_assert_uint_eq(done.result.dropped, 1);
	ck_assert_str_eq(redis_ask("ZCARD push:kicks"), "1000");
	ck_assert_str_eq(redis_ask("ZRANK push:kicks user=ann"), "0");
	bus_close(bus);
	open_bus();
	ck_assert_uint_eq(told.count, KICKS_MAX);
	close_all();
}

TEST(what_is_no_kick_is_left_out)
{
	open_all();
	redis_ask("ZADD push:kicks 99999999999999 nonsense");
	redis_ask("ZADD push:kicks 99999999999998 user=ann");
	redis_ask("PUBLISH push:0:control nonsense");
	bus_close(bus);
	open_bus();
	ck_assert_uint_eq(told.count, 1);
	ck_assert_str_eq(told.list, "user=ann");
	ck_assert_uint_eq(told.kicked, 0);
	close_all();
}

TEST(after_a_reconnect_the_list_is_read_again)
{
	open_all();
	redis_ask("ZADD push:kicks 99999999999999 user=ann");
	redis_ask("CLIENT KILL TYPE pubsub");
	TURN_UNTIL(strcmp(told.list, "user=ann") == 0);
	close_all();
}

TEST(a_list_that_is_older_than_a_kick_is_read_again)
{
	unsigned int before;

	open_all();
	kick("client=tab", 60000); /* it is subscribed, so nothing else reads */
	TURN_UNTIL(told.kicked == 1 && bus->kicks_reads == 0);
	before = told.listed;
	bus_kicks_read(bus);
	bus_kicks_read(bus);
	bus_kicks_received(bus, text_of("kick 60000 user=ann"));
	TURN_UNTIL(bus->kicks_reads == 0);
	ck_assert_uint_eq(told.listed, before + 1);
	ck_assert_str_eq(told.list, "client=tab");
	close_all();
}
