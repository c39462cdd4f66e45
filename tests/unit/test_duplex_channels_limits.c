/* SPDX-License-Identifier: MIT */
/* shared/app/duplex_channels.c with fcgi/websocket.c: limits. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"
#include "tests/unit/ws_client.h"

static char text[16 * 1024];

static void
open_all(void)
{
	redis_server_start();
	stage_conf(&technique_websocket);
	stage.conf.websocket_max_rate = 10000;
	stage_open();
}

static void
assert_refused(struct client *c, const char *status, const char *why)
{
	TURN_UNTIL(client_has(c, "{\"error\":"));
	ck_assert_msg(client_has(c, status), "%s", c->text);
	ck_assert_msg(client_has(c, why), "%s", c->text);
}

TEST(the_last_channel_cannot_be_left)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=a&channel=b");
	ws_client_text(c, "{\"unsubscribe\":[\"b\",\"a\"]}");
	assert_refused(c, "\"status\":400",
		       "Cannot unsubscribe from the last channel");
	redis_publish("b", "still");
	TURN_UNTIL(client_has(c, "\"data\":\"still\""));
	stage_close();
}

TEST(leaving_a_channel_it_does_not_have_changes_nothing)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=a");
	ws_client_change(c, "unsubscribe", "z");
	TURN_UNTIL(client_has(c, "{\"ok\":\"unsubscribe\","
				 "\"channels\":[\"a\"]}"));
	stage_close();
}

TEST(the_33rd_channel_is_refused_and_32_are_kept)
{
	struct client *c;
	size_t at;

	open_all();
	c = ws_client_live("channel=c00");
	at = (size_t)sprintf(text, "{\"subscribe\":[\"c01\"");
	for (int i = 2; i < 32; i++)
		at += (size_t)sprintf(text + at, ",\"c%02d\"", i);
	strcpy(text + at, "]}");
	ws_client_text(c, text);
	ws_client_wait_cursors(c, 2);
	ws_client_change(c, "subscribe", "c05"); /* which it has */
	TURN_UNTIL(client_count(c, "{\"ok\":\"subscribe\"") == 2);
	ws_client_change(c, "subscribe", "c32");
	assert_refused(c, "\"status\":400", "More than 32 channels");
	redis_publish("c31", "still");
	TURN_UNTIL(client_has(c, "\"data\":\"still\""));
	stage_close();
}

TEST(the_longest_names_fit)
{
	struct client *c;
	char name[256];
	size_t at = (size_t)sprintf(text, "{\"subscribe\":[");

	open_all();
	memset(name, 'x', 255);
	name[255] = '\0';
	for (int i = 1; i < 32; i++) {
		name[0] = (char)('A' + i % 26);
		name[1] = (char)('A' + i / 26);
		at += (size_t)sprintf(text + at, "%s\"%s\"", i > 1 ? "," : "",
				      name);
	}
	strcpy(text + at, "]}");
	name[0] = '_';
	snprintf(text + at + 10, 300, "channel=%s", name);
	c = ws_client_live(text + at + 10);
	ws_client_text(c, text);
	ws_client_wait_cursors(c, 2);
	redis_publish(name, "hi");
	TURN_UNTIL(client_has(c, "\"data\":\"hi\""));
	stage_close();
}

TEST(while_redis_is_down_the_33rd_change_of_channels_is_429)
{
	struct client *c;

	open_all();
	c = ws_client_live("channel=a");
	redis_server_kill();
	TURN_UNTIL(!bus_is_up(stage.dispatch.subscribing.channels.common.bus));
	for (int i = 0; i < 16; i++) {
		ws_client_change(c, "subscribe", "b");
		ws_client_change(c, "unsubscribe", "b");
	}
	ws_client_change(c, "subscribe", "b");
	assert_refused(c, "\"status\":429",
		       "32 changes of channels are not completed yet");
	ck_assert(!client_has(c, "{\"ok\":"));
	stage_close();
}
