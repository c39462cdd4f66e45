/* SPDX-License-Identifier: MIT */
/* shared/app/batch.c and shared/hub/fanout_send.c with fcgi/longpoll.c:
 * long-polls. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/app/subscribers.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"

static char query[1024];
static char tip[ID_TEXT_SIZE]; /* of a channel with one old message */

static void
open_all(void)
{
	redis_server_start();
	stage_conf(&technique_longpoll);
	stage_open();
	id_format(tip, redis_publish("news", "old"));
}

static struct client *
get_since(const char *since, const char *more)
{
	snprintf(query, sizeof(query), "channel=news&since=%s%s", since, more);
	return stage_get(query);
}

/* One that waits in its fanout. */
static struct client *
get_waiting(const char *more)
{
	size_t before = stage_live();
	struct client *c = get_since(tip, more);

	TURN_UNTIL(stage_live() == before + 1);
	turn_for(0.2);
	ck_assert_uint_eq(c->len, 0);
	return c;
}

static void
assert_response(struct client *c, const char *data, const char *cursor)
{
	TURN_UNTIL(c->ended && c->closed);
	ck_assert(client_has(c, "Status: 200 "));
	if (!client_has(c, data))
		ck_abort_msg("no %s in %s", data, c->text);
	ck_assert_str_eq(client_cursor(c), cursor);
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
}

TEST(without_a_cursor_the_response_is_immediate_and_has_one)
{
	open_all();
	assert_response(stage_get("channel=news"), "\"messages\":[]", tip);
	stage_close();
}

TEST(messages_after_the_cursor_are_sent_at_once)
{
	open_all();
	assert_response(get_since("0", ""), "\"data\":\"old\"", tip);
	stage_close();
}

TEST(it_waits_for_the_first_message)
{
	struct client *c;
	char cursor[ID_TEXT_SIZE];

	open_all();
	c = get_waiting("");
	id_format(cursor, redis_publish("news", "hi"));
	assert_response(c, "\"data\":\"hi\"", cursor);
	stage_close();
}

TEST(all_waiting_long_polls_get_the_same_response)
{
	struct client *c[3];
	char cursor[ID_TEXT_SIZE];

	open_all();
	for (int i = 0; i < 3; i++)
		c[i] = get_waiting("");
	id_format(cursor, redis_publish("news", "hi"));
	TURN_UNTIL(c[0]->closed && c[1]->closed && c[2]->closed);
	for (int i = 0; i < 3; i++)
		assert_response(c[i], "\"data\":\"hi\"", cursor);
	stage_close();
}

TEST(after_the_wait_the_batch_is_empty_with_the_same_cursor)
{
	open_all();
	assert_response(get_waiting("&wait=1"), "\"messages\":[]", tip);
	stage_close();
}

TEST(wait_0_does_not_wait)
{
	open_all();
	assert_response(get_since(tip, "&wait=0"), "\"messages\":[]", tip);
	stage_close();
}

TEST(a_batch_has_at_most_limit_messages_and_the_cursor_of_its_last)
{
	char second[ID_TEXT_SIZE];
	struct client *c;

	open_all();
	id_format(second, redis_publish("news", "two"));
	redis_publish("news", "three");
	c = get_since("0", "&limit=2");
	assert_response(c, "\"data\":\"two\"", second);
	ck_assert_uint_eq(client_count(c, "\"data\":"), 2);
	stage_close();
}

TEST(a_live_response_has_at_most_limit_messages_too)
{
	char first[ID_TEXT_SIZE];
	struct client *c;

	open_all();
	c = get_waiting("&limit=1");
	/* nothing is read between the two: both come in one turn */
	id_format(first, redis_publish("news", "one"));
	redis_publish("news", "two");
	assert_response(c, "\"data\":\"one\"", first);
	ck_assert_uint_eq(client_count(c, "\"data\":"), 1);
	stage_close();
}

TEST(the_next_request_continues_from_the_last)
{
	struct client *c;
	char cursor[128];

	open_all();
	for (int i = 0; i < 250; i++)
		redis_publish("news", "hi");
	redis_publish("news", "last");
	strcpy(cursor, "0");
	for (int i = 0; i < 3; i++) {
		c = get_since(cursor, "");
		TURN_UNTIL(c->closed);
		ck_assert_uint_eq(client_count(c, "\"data\":"),
				  i < 2 ? 100 : 52);
		snprintf(cursor, sizeof(cursor), "%s", client_cursor(c));
	}
	ck_assert(client_has(c, "\"data\":\"last\""));
	stage_close();
}

TEST(a_gap_precedes_the_messages_kept)
{
	struct client *c;

	open_all();
	redis_publish("news", "lost");
	redis_publish("news", "kept");
	redis_ask("XTRIM push:{news}:log MAXLEN = 1");
	c = get_since(tip, "");
	TURN_UNTIL(c->closed);
	ck_assert(client_has(c, "{\"messages\":[{\"gap\":{"));
	ck_assert(client_has(c, "\"data\":\"kept\""));
	ck_assert(!client_has(c, "lost"));
	stage_close();
}

TEST(above_hold_max_it_gets_retry_after)
{
	struct client *c;

	redis_server_start();
	stage_conf(&technique_longpoll);
	stage.hold_max = 0;
	stage_open();
	id_format(tip, redis_publish("news", "old"));
	c = get_since(tip, "");
	assert_response(c, "\"messages\":[]", tip);
	ck_assert(client_has(c, "Retry-After: "));
	stage_close();
}

TEST(while_redis_is_down_the_response_is_503)
{
	struct client *c;

	open_all();
	redis_server_kill();
	TURN_UNTIL(
	    !bus_is_starting(stage.dispatch.subscribing.channels.common.bus) &&
	    !bus_is_up(stage.dispatch.subscribing.channels.common.bus));
	c = get_since(tip, "");
	TURN_UNTIL(c->ended && c->closed);
	ck_assert(client_has(c, "Status: 503 "));
	ck_assert(client_has(c, "Retry-After: "));
	stage_close();
}

TEST(no_reply_of_redis_within_bus_timeout_is_503)
{
	struct client *c;

	redis_server_start();
	stage_conf(&technique_longpoll);
	stage.conf.bus_timeout = 2;
	stage_open();
	TURN_UNTIL(bus_is_up(stage.dispatch.subscribing.channels.common.bus));
	redis_server_freeze();
	c = get_since("0", "");
	TURN_UNTIL(c->ended && c->closed);
	ck_assert(client_has(c, "Status: 503 "));
	stage_close();
}

TEST(a_long_poll_that_is_catching_up_at_exit_gets_its_cursor)
{
	struct client *c;

	open_all();
	redis_server_freeze();
	c = get_since(tip, "");
	TURN_UNTIL(stage.dispatch.subscribing.subscribers.held == 1);
	subscribers_stop(&stage.dispatch.subscribing.subscribers);
	assert_response(c, "\"messages\":[]", tip);
	ck_assert(client_has(c, "Retry-After: "));
	redis_server_thaw();
	stage_close();
}

TEST(waiting_long_polls_stay_held_when_redis_goes_down)
{
	struct client *c;
	char cursor[ID_TEXT_SIZE];

	open_all();
	c = get_waiting("");
	redis_ask("CLIENT KILL TYPE pubsub");
	id_format(cursor, redis_publish("news", "meanwhile"));
	assert_response(c, "\"data\":\"meanwhile\"", cursor);
	stage_close();
}

TEST(at_exit_waiting_long_polls_get_retry_after)
{
	struct client *c;

	open_all();
	c = get_waiting("");
	subscribers_stop(&stage.dispatch.subscribing.subscribers);
	assert_response(c, "\"messages\":[]", tip);
	ck_assert(client_has(c, "Retry-After: "));
	stage_close();
}
