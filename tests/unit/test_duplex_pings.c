/* SPDX-License-Identifier: MIT */
/* shared/app/duplex.c: clients that do not answer pings. */
#include "config.h"

#include <string.h>

#include "fcgi/techniques.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"
#include "tests/unit/ws_client.h"

static void
open_beating(void)
{
	redis_server_start();
	stage_conf(&technique_websocket);
	stage.conf.hold_beat = 1;
	stage_open();
}

TEST(a_client_that_leaves_two_pings_unanswered_is_disconnected)
{
	struct client *c;

	open_beating();
	c = ws_client_live("channel=news");
	ws_client_stop_pongs(c);
	TURN_UNTIL(c->closed);
	ck_assert_uint_eq(client_count(c, "PING\n"), 2);
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	stage_close();
}

TEST(a_client_that_answers_pings_stays)
{
	struct client *c;

	open_beating();
	c = ws_client_live("channel=news");
	TURN_UNTIL(client_count(c, "PING\n") == 5);
	ck_assert(!c->closed);
	stage_close();
}

TEST(pings_are_sent_while_messages_flow)
{
	struct client *c;

	open_beating();
	c = ws_client_live("channel=news");
	while (client_count(c, "PING\n") < 3 && !c->closed) {
		redis_publish("news", "hi");
		turn_for(0.02);
	}
	ck_assert(!c->closed);
	stage_close();
}

/* It got no ping that it could have answered. */
TEST(a_client_that_sends_a_message_slowly_stays)
{
	static char much[60000];
	struct client *c;

	redis_server_start();
	stage_conf(&technique_websocket);
	stage.conf.hold_beat = 1;
	stage.send_buffer = 4096;
	stage_open();
	memset(much, 'x', sizeof(much) - 1);
	c = ws_client_live("channel=news");
	client_pause(c);
	redis_publish("news", much);
	turn_for(4.5);
	client_resume(c);
	TURN_UNTIL(client_has(c, "xxx\"}\n"));
	redis_publish("news", "still");
	TURN_UNTIL(client_has(c, "\"data\":\"still\"") || c->closed);
	ck_assert(client_has(c, "\"data\":\"still\""));
	stage_close();
}
