/* SPDX-License-Identifier: MIT */
/* shared/app/subscriber.c: is the client of a WebSocket still there? One fact a
 * test; the name is the fact. */
#include "config.h"

#include <string.h>

#include "fcgi/techniques.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/talker.h"
#include "tests/unit/turn.h"

static void
open_beating(void)
{
	redis_server_start();
	stage_conf(&technique_websocket);
	stage.conf.hold_beat = 1;
	stage_open();
}

TEST(one_that_answers_no_ping_is_let_go_after_two)
{
	struct client *c;

	open_beating();
	c = talker_live("channel=news");
	talker_be_silent(c);
	TURN_UNTIL(c->closed);
	ck_assert_uint_eq(client_count(c, "PING\n"), 2);
	ck_assert_uint_eq(stage.dispatch.subscribers.held, 0);
	stage_close();
}

TEST(one_that_answers_stays)
{
	struct client *c;

	open_beating();
	c = talker_live("channel=news");
	TURN_UNTIL(client_count(c, "PING\n") == 5);
	ck_assert(!c->closed);
	stage_close();
}

TEST(pings_go_out_while_messages_flow)
{
	struct client *c;

	open_beating();
	c = talker_live("channel=news");
	while (client_count(c, "PING\n") < 3 && !c->closed) {
		redis_publish("news", "hi");
		turn_for(0.02);
	}
	ck_assert(!c->closed);
	stage_close();
}

/* It got no ping that it could have answered. */
TEST(one_that_takes_long_over_a_message_stays)
{
	static char much[60000];
	struct client *c;

	redis_server_start();
	stage_conf(&technique_websocket);
	stage.conf.hold_beat = 1;
	stage.send_buffer = 4096;
	stage_open();
	memset(much, 'x', sizeof(much) - 1);
	c = talker_live("channel=news");
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
