/* SPDX-License-Identifier: MIT */
/* shared/app/stream.c: how often an idle stream gets a heartbeat. On a fake bus
 * and a fake clock. */
#include "config.h"

#include <stdlib.h>

#include "fcgi/techniques.h"
#include "tests/unit/client.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

static struct client *
get_live(const char *variable, const char *value)
{
	struct client *c = calloc(1, sizeof(*c));
	struct buf request;

	ck_assert_ptr_nonnull(c);
	client_begin(&request, "GET");
	client_variable(&request, "QUERY_STRING", "channel=news");
	client_variable(&request, "SERVER_PROTOCOL", "HTTP/2.0");
	client_variable(&request, variable, value);
	client_finish(&request, "");
	stage_ask(c, &request);
	TURN_UNTIL(client_has(c, "event: cursor"));
	return c;
}

/* In 32 steps of a second, of which a period takes one more than its seconds: a
 * timer fires a tick late. A message shows that all of them are there. */
static size_t
heartbeats(unsigned int beat, unsigned int beat_h2, const char *variable,
	   const char *value)
{
	struct client *c;
	size_t count;

	stage_init(&technique_sse);
	stage.conf.hold_beat = beat;
	stage.conf.hold_beat_h2 = beat_h2;
	stage_open();
	c = get_live(variable, value);
	for (int i = 0; i < 32; i++)
		stage_advance(1);
	fake_bus_publish("news", "last");
	TURN_UNTIL(client_has(c, "data: last"));
	count = client_count(c, "\n:");
	stage_close();
	return count;
}

TEST(an_idle_stream_gets_one_each_hold_beat)
{
	ck_assert_uint_eq(heartbeats(15, 3, "SERVER_SOFTWARE", "lighttpd"), 2);
}

TEST(behind_mod_http2_each_hold_beat_h2)
{
	ck_assert_uint_eq(heartbeats(15, 3, "H2_STREAM_TAG", "7147-0-1"), 8);
}

TEST(hold_beat_h2_makes_none_rarer)
{
	ck_assert_uint_eq(heartbeats(10, 60, "H2_STREAM_TAG", "7147-0-1"), 2);
}

TEST(a_client_cannot_ask_for_more)
{
	ck_assert_uint_eq(heartbeats(15, 3, "HTTP_H2_STREAM_TAG", "1"), 2);
}
