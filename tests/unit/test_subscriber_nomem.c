/* SPDX-License-Identifier: MIT */
/* Memory that runs out while a subscriber starts costs that subscriber, and
 * nobody else. One fact a test; the name is the fact. */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "tests/unit/nomem.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"

enum { TURNS = 12, TRIES_MAX = 200 };

static struct client *other;

static void
open_all(void)
{
	redis_server_start();
	stage_conf(&technique_sse);
	stage.conf.hold_beat = 1; /* then one that was failed tries again */
	stage.conf.bus_timeout = 2;
	stage_open();
	redis_publish("news", "one");
	redis_publish("news", "two");
	other = stage_get("channel=other");
	TURN_UNTIL(client_has(other, "event: cursor"));
}

/* A subscriber starts while memory ends after `n` allocations. True: it ended.
 */
static bool
start_with(size_t n, const char *query)
{
	struct client *c = stage_get(query);
	bool refused;

	nomem_after(n);
	for (int i = 0; i < TURNS && !c->closed && !client_has(c, "id: "); i++)
		ev_run(turn_loop(), EVRUN_ONCE);
	refused = nomem_off();
	TURN_UNTIL(c->closed || client_has(c, "\nid: "));
	ck_assert(!other->closed);
	if (strstr(query, "since=0") != NULL) {
		TURN_UNTIL(c->closed || client_has(c, "data: two\n"));
		if (client_has(c, "data: two\n"))
			ck_assert_str_eq(client_lines(c, "\ndata: "),
					 "one two");
	}
	client_leave(c);
	TURN_UNTIL(stage.subscribers.held == 1 && stage.conns.count == 1);
	return refused;
}

static void
assert_only_it_is_lost(const char *query)
{
	size_t n = 0;

	open_all();
	while (start_with(n, query)) {
		n++;
		ck_assert_uint_lt(n, TRIES_MAX);
	}
	ck_assert_uint_gt(n, 5);
	redis_publish("other", "hi");
	TURN_UNTIL(client_has(other, "data: hi"));
	stage_close();
}

TEST(without_a_cursor_only_it_is_lost)
{
	assert_only_it_is_lost("channel=news");
}

TEST(with_history_to_read_only_it_is_lost)
{
	assert_only_it_is_lost("channel=news&since=0");
}

TEST(with_several_channels_only_it_is_lost)
{
	assert_only_it_is_lost("channel=news&channel=a&channel=b&since=0");
}
