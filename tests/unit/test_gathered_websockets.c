/* SPDX-License-Identifier: MIT */
/* hold.gather with WebSockets: shared/app/duplex.c. */
#include "config.h"

#include "fcgi/techniques.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/gather_stage.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"
#include "tests/unit/ws_client.h"

static void
publish(const char *channel, const char *data)
{
	fake_bus_publish(channel, data);
	gather_stage_turn();
}

TEST(the_reply_to_a_publication_does_not_wait)
{
	struct client *c;

	fake_clock_restart();
	stage_init(&technique_websocket);
	stage.conf.access_publish = WHO_ANY;
	gather_stage_open(GATHER_MS);
	c = ws_client_live("channel=news");
	publish("news", "first");
	ws_client_text(c, "{\"publish\":{\"channel\":\"news\","
			  "\"data\":\"own\"},\"ref\":1}");
	TURN_UNTIL(client_has(c, "\"ok\":\"publish\""));
	publish("news", "other");
	ck_assert_str_eq(ws_client_data(c), "first");
	gather_stage_pass(GATHER_MS);
	ck_assert_str_eq(ws_client_data(c), "first own other");
	stage_close();
}

TEST(a_change_of_channels_within_a_window_loses_and_repeats_nothing)
{
	struct client *c;

	fake_clock_restart();
	stage_init(&technique_websocket);
	gather_stage_open(GATHER_MS);
	c = ws_client_live("channel=news");
	publish("news", "first");
	publish("news", "a");
	ws_client_change(c, "subscribe", "other");
	gather_stage_turn();
	publish("news", "b");
	publish("other", "c");
	for (int i = 0; i < 2; i++)
		gather_stage_pass(GATHER_MS);
	ck_assert_str_eq(ws_client_data(c), "first a b c");
	stage_close();
}
