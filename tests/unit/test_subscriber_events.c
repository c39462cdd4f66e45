/* SPDX-License-Identifier: MIT */
/* shared/app/subscriber_events.c: who is told of a subscriber, and of which. On
 * a fake bus and a fake clock. */
#include "config.h"

#include "shared/app/subscriber_events.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/hs256.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"
#include "tests/unit/ws_client.h"

/* `+a` subscribed, `-a` unsubscribed, `a:left` ended; separated by spaces. */
static char told[4096];
static struct subscriber_event last;
static char last_id[100], last_user[300];

static void
tell(void *arg, const struct subscriber_event *event)
{
	size_t at = strlen(told);
	bool ended = event->kind == SUBSCRIBER_HAS_ENDED;

	(void)arg;
	last = *event;
	snprintf(last_id, sizeof(last_id), "%s", event->id);
	snprintf(last_user, sizeof(last_user), "%s",
		 event->user != NULL ? event->user : "nobody");
	snprintf(told + at, sizeof(told) - at, "%s%s%s%s%s", at > 0 ? " " : "",
		 event->kind == SUBSCRIBER_SUBSCRIBED	  ? "+"
		 : event->kind == SUBSCRIBER_UNSUBSCRIBED ? "-"
							  : "",
		 event->channel.bytes, ended ? ":" : "",
		 ended ? subscriber_end_name(event->reason) : "");
}

static void
open_stage(const struct technique *technique)
{
	told[0] = '\0';
	stage_init(technique);
	stage_open();
	subscriber_events_listen(&stage.dispatch.subscribing.events, tell,
				 NULL);
}

static void
assert_told(const char *want)
{
	ck_assert_str_eq(told, want);
	told[0] = '\0';
}

/* --- streams -------------------------------------------------------------- */

TEST(a_stream_subscribes_and_ends)
{
	struct client *c;

	open_stage(&technique_sse);
	c = stage_get("channel=b&channel=a");
	TURN_UNTIL(client_has(c, "event: cursor"));
	assert_told("+a +b");
	ck_assert_str_eq(last.technique, "sse");
	client_leave(c);
	TURN_UNTIL(told[0] != '\0');
	assert_told("a:left b:left");
	stage_close();
}

TEST(a_stream_ends_with_its_process)
{
	struct client *c;

	open_stage(&technique_sse);
	c = stage_get("channel=a");
	TURN_UNTIL(client_has(c, "event: cursor"));
	dispatch_stop(&stage.dispatch);
	assert_told("+a a:stopped");
	TURN_UNTIL(c->closed);
	stage_close();
}

TEST(a_stream_that_is_not_held_makes_no_events)
{
	struct client *c;

	open_stage(&technique_sse);
	stage.dispatch.subscribing.subscribers.held_max = 0;
	c = stage_get("channel=a");
	TURN_UNTIL(client_has(c, "event: cursor"));
	assert_told("");
	stage_close();
}

/* --- long-polls ----------------------------------------------------------- */

TEST(a_long_poll_ends_with_its_response)
{
	struct client *c;

	open_stage(&technique_longpoll);
	fake_bus_publish("a", "one");
	c = stage_get("channel=a&since=0&wait=20");
	TURN_UNTIL(c->ended);
	assert_told("+a a:answered");
	c = stage_get("channel=a&since=1-0&wait=20");
	TURN_UNTIL(stage.dispatch.subscribing.subscribers.held > 0);
	assert_told("+a");
	turn_for(0.05);
	fake_bus_publish("a", "two");
	TURN_UNTIL(c->ended);
	assert_told("a:answered");
	stage_close();
}

TEST(a_poll_makes_no_events)
{
	struct client *c;

	open_stage(&technique_poll);
	c = stage_get("channel=a");
	TURN_UNTIL(c->ended);
	assert_told("");
	stage_close();
}

/* --- WebSockets ----------------------------------------------------------- */

TEST(a_websocket_adds_and_drops_channels)
{
	struct client *c;

	open_stage(&technique_websocket);
	c = ws_client_live("channel=b");
	assert_told("+b");
	ws_client_change(c, "subscribe", "a");
	ws_client_wait_cursors(c, 2);
	assert_told("+a");
	ws_client_text(c, "{\"subscribe\":[\"a\"],\"ref\":1}");
	TURN_UNTIL(client_has(c, "\"ref\":1"));
	assert_told("");
	ws_client_text(c, "{\"unsubscribe\":[\"b\"],\"ref\":2}");
	TURN_UNTIL(client_has(c, "\"ref\":2"));
	assert_told("-b");
	client_leave(c);
	TURN_UNTIL(told[0] != '\0');
	assert_told("a:left");
	stage_close();
}

/* --- who it is ------------------------------------------------------------ */

TEST(a_client_names_itself)
{
	struct client *c;

	open_stage(&technique_sse);
	c = stage_get("channel=a&client=tab-7");
	TURN_UNTIL(client_has(c, "event: cursor"));
	ck_assert_str_eq(last_id, "tab-7");
	ck_assert_str_eq(last_user, "nobody");
	stage_close();
}

TEST(a_client_without_a_name_gets_one_that_no_other_has)
{
	char first[sizeof(last_id)];
	struct client *c;

	open_stage(&technique_sse);
	c = stage_get("channel=a");
	TURN_UNTIL(client_has(c, "event: cursor"));
	memcpy(first, last_id, sizeof(first));
	ck_assert_uint_eq(strlen(first), 16);
	c = stage_get("channel=a");
	TURN_UNTIL(client_has(c, "event: cursor"));
	ck_assert_str_ne(last_id, first);
	stage_close();
}

TEST(the_subject_of_a_token_is_the_user)
{
	char query[600];
	struct client *c;

	told[0] = '\0';
	stage_init(&technique_sse);
	conf_set_text(&stage.conf.access_jwt_key, HS256_SECRET);
	stage_open();
	subscriber_events_listen(&stage.dispatch.subscribing.events, tell,
				 NULL);
	snprintf(query, sizeof(query), "channel=a&token=%s",
		 hs256("{\"sub\":\"Ann \xc3\x96\"}"));
	c = stage_get(query);
	TURN_UNTIL(client_has(c, "event: cursor"));
	ck_assert_str_eq(last_user, "Ann \xc3\x96");
	stage_close();
}
