/* SPDX-License-Identifier: MIT */
/* shared/hub/catch_up.c: the process learns of a cut while a stream catches up.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/app/subscriber.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"

enum { MESSAGES = 40 };

static struct id ids[MESSAGES];
static struct client *c;
static struct channel *channel;

static struct subscriber *
subscriber(void)
{
	const struct fanout *f =
	    LIST_FIRST(&stage.dispatch.subscribing.subscribers.fanouts.list);

	return f != NULL && f->waiting.count == 1
		   ? (struct subscriber *)f->waiting.at[0]
		   : NULL;
}

/* Its position in the channel; 0-0: it has none yet. */
static struct id
position(void)
{
	const struct subscriber *s = subscriber();

	return s != NULL && s->catch_up != NULL ? s->catch_up->at[0].part.id
						: (struct id){0, 0};
}

/* A stream after the message `from` (-1: after none), which does not read: its
 * position is that of the first page, its socket is full. */
static void
start_between_pages(int from)
{
	static char data[10001];
	char query[128] = "channel=news&since=", *at = query + strlen(query);

	memset(data, 'x', sizeof(data) - 1);
	redis_server_start();
	stage_conf(&technique_sse);
	stage.conf.bus_audit = 1;
	stage.send_buffer = 4608; /* the minimum */
	stage_open();
	for (int i = 0; i < MESSAGES; i++)
		ids[i] = redis_publish("news", data);
	if (from < 0)
		strcpy(at, "0");
	else
		id_format(at, ids[from]);
	c = stage_get(query);
	client_pause(c);
	TURN_UNTIL(id_compare(position(), ids[from + 2]) > 0);
	ck_assert_int_lt(id_compare(position(), ids[MESSAGES - 1]), 0);
	channel = fanout_channel(
	    LIST_FIRST(&stage.dispatch.subscribing.subscribers.fanouts.list),
	    0);
}

/* Redis has lost a message after `ids[i]`, as another process has found. */
static void
learn_of_cut(int i)
{
	char text[2 * ID_TEXT_SIZE];

	id_format(text, ids[MESSAGES - 1]);
	strcat(text, " ");
	id_format(text + strlen(text), ids[i]);
	redis_ask("SET push:{news}:tip %s", text);
	TURN_UNTIL(channel_is_cut(channel, ids[i]));
}

TEST(a_cut_that_the_position_has_passed_is_a_gap)
{
	char want[128] = "\"after\":\"";

	start_between_pages(1);
	ck_assert_int_gt(id_compare(position(), ids[2]), 0);
	learn_of_cut(2);
	client_resume(c);
	redis_publish("news", "last");
	TURN_UNTIL(client_has(c, "data: last\n"));
	id_format(want + strlen(want), ids[2]);
	ck_assert(client_has(c, want));
	ck_assert_uint_eq(client_count(c, "event: gap"), 1);
	ck_assert_uint_eq(client_count(c, "data: xxx"), MESSAGES - 2);
	stage_close();
}

TEST(a_cut_before_the_cursor_is_no_gap)
{
	start_between_pages(1);
	learn_of_cut(0);
	client_resume(c);
	redis_publish("news", "last");
	TURN_UNTIL(client_has(c, "data: last\n"));
	ck_assert(!client_has(c, "event: gap"));
	stage_close();
}

TEST(a_cut_ahead_of_the_position_is_one_gap_at_its_place)
{
	char want[128] = "\"after\":\"";

	start_between_pages(-1);
	learn_of_cut(MESSAGES - 2);
	client_resume(c);
	redis_publish("news", "last");
	TURN_UNTIL(client_has(c, "data: last\n"));
	id_format(want + strlen(want), ids[MESSAGES - 2]);
	ck_assert(client_has(c, want));
	ck_assert_uint_eq(client_count(c, "event: gap"), 1);
	stage_close();
}
