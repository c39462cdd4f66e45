/* SPDX-License-Identifier: MIT */
/* Tests of shared/hub/fanout.c, fanout_send.c and fanouts.c: which subscribers
 * share bytes, and what a delivery costs. The technique is the test's and
 * counts its calls. */
#include "config.h"

#include "shared/hub/fanouts.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/allocations.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"

#define END "end"

enum { MANY = 100, FEW = 10 };

static size_t messages, suffixes;
static struct client *clients[MANY + FEW];

/* --- the technique -------------------------------------------------------- */

static void
put_head(const struct format *format, struct buf *out)
{
	(void)format;
	buf_puts(out, "Content-Type: text/plain\r\n");
}

static void
put_cursor(const struct format *format, struct text cursor, struct buf *out)
{
	(void)format;
	buf_puts(out, "start\nid: ");
	buf_put(out, cursor.bytes, cursor.len);
	buf_puts(out, "\n");
}

static void
put_message(const struct format *format, const struct message *m,
	    struct buf *out)
{
	messages++;
	buf_puts(out, format->envelope ? "{" : "");
	buf_put(out, m->data.bytes, m->data.len);
}

static void
put_suffix(const struct format *format, const struct message *m,
	   struct text cursor, struct buf *out)
{
	(void)format;
	(void)m;
	suffixes++;
	buf_puts(out, "\nid: ");
	buf_put(out, cursor.bytes, cursor.len);
	buf_puts(out, "\n");
}

static void
put_gap(const struct format *format, const struct gap *g, struct text cursor,
	struct buf *out)
{
	(void)g;
	buf_puts(out, "gap");
	put_suffix(format, NULL, cursor, out);
}

static void
put_heartbeat(const struct format *format, struct buf *out)
{
	(void)format;
	buf_puts(out, "beat\n");
}

static const struct technique_stream stream = {
    .cursor = put_cursor,
    .message = put_message,
    .suffix = put_suffix,
    .gap = put_gap,
    .heartbeat = put_heartbeat,
};

static const struct technique technique = {
    .name = "test",
    .takes = FORMAT_ENVELOPE,
    .head = put_head,
    .stream = &stream,
};

/* --- helpers -------------------------------------------------------------- */

static void
open_all(void)
{
	redis_server_start();
	stage_conf(&technique);
	stage_open();
}

/* Clients from `from` up to `to` become live. */
static void
hold(size_t from, size_t to, const char *query)
{
	for (size_t i = from; i < to; i++)
		clients[i] = stage_get(query);
	for (size_t i = from; i < to; i++)
		TURN_UNTIL(client_has(clients[i], "start\n"));
	messages = suffixes = 0;
}

/* Publishes and waits until the first `count` clients have the message. */
static void
publish_to(const char *channel, const char *data, size_t count)
{
	redis_publish(channel, data);
	for (size_t i = 0; i < count; i++)
		TURN_UNTIL(client_has(clients[i], data));
}

/* Many bytes, then END, which is quick to search for. */
static void
fill(char *data, size_t size)
{
	memset(data, 'x', size - 1);
	memcpy(data + size - sizeof(END), END, sizeof(END));
}

/* The allocations of one delivery to `subscribers`, from Redis to the sockets.
 */
static size_t
allocations(size_t subscribers)
{
	struct ev_loop *loop = turn_loop();
	size_t before;

	for (int i = 0; i < 70; i++) /* fills all scratch buffers */
		redis_publish("news", "warm");
	publish_to("news", "hot", subscribers);
	publish_to("news", "alone", subscribers);
	for (size_t i = 0; i < subscribers; i++)
		client_pause(clients[i]);
	redis_publish("news", "counted");
	before = messages;
	allocations_start();
	turn_begin();
	while (messages == before)
		ev_run(loop, EVRUN_ONCE);
	ev_run(loop, EVRUN_ONCE); /* the end of the turn writes */
	allocations_stop();
	for (size_t i = 0; i < subscribers; i++)
		client_resume(clients[i]);
	for (size_t i = 0; i < subscribers; i++)
		TURN_UNTIL(client_has(clients[i], "counted"));
	return allocations_count();
}

/* --- tests ---------------------------------------------------------------- */

TEST(a_message_is_formatted_once_for_all_subscribers_of_a_format)
{
	open_all();
	hold(0, MANY, "channel=news");
	publish_to("news", "hi", MANY);
	ck_assert_uint_eq(messages, 1);
	stage_close();
}

TEST(a_message_is_formatted_once_for_each_format)
{
	open_all();
	hold(0, FEW, "channel=news");
	hold(FEW, 2 * FEW, "channel=news&envelope=json");
	publish_to("news", "hi", 2 * FEW);
	ck_assert_uint_eq(messages, 2);
	ck_assert(client_has(clients[FEW], "\n{hi\n"));
	ck_assert(client_has(clients[0], "\nhi\n"));
	stage_close();
}

TEST(sets_of_channels_share_the_message_and_have_one_suffix_each)
{
	open_all();
	hold(0, FEW, "channel=all&channel=a");
	hold(FEW, 2 * FEW, "channel=all&channel=b");
	publish_to("all", "hi", 2 * FEW);
	ck_assert_uint_eq(messages, 1);
	ck_assert_uint_eq(suffixes, 2);
	stage_close();
}

TEST(the_order_of_channels_does_not_matter)
{
	open_all();
	hold(0, 1, "channel=a&channel=b");
	hold(1, 2, "channel=b&channel=a&channel=b");
	publish_to("a", "hi", 2);
	ck_assert_uint_eq(suffixes, 1);
	stage_close();
}

TEST(a_message_goes_only_to_subscribers_of_its_channel)
{
	open_all();
	hold(0, 1, "channel=a");
	hold(1, 2, "channel=b");
	publish_to("a", "for a", 1);
	redis_publish("b", "for b");
	TURN_UNTIL(client_has(clients[1], "for b"));
	ck_assert(!client_has(clients[1], "for a"));
	ck_assert(!client_has(clients[0], "for b"));
	stage_close();
}

TEST(the_suffix_of_each_message_is_the_cursor_after_it)
{
	char want[256], one[ID_TEXT_SIZE], two[ID_TEXT_SIZE];

	open_all();
	hold(0, 1, "channel=news");
	id_format(one, redis_publish("news", "one")); /* both in one turn */
	id_format(two, redis_publish("news", "two"));
	TURN_UNTIL(client_has(clients[0], "two\n"));
	snprintf(want, sizeof(want), "\none\nid: %s\ntwo\nid: %s\n", one, two);
	ck_assert(client_has(clients[0], want));
	stage_close();
}

TEST(a_delivery_allocates_nothing_per_subscriber)
{
	size_t few, many;

	open_all();
	hold(0, FEW, "channel=news");
	few = allocations(FEW);
	hold(FEW, MANY, "channel=news");
	for (size_t i = 0; i < MANY; i++)
		clients[i]->len = 0, clients[i]->text[0] = '\0';
	many = allocations(MANY);
	ck_assert_uint_gt(few, 0); /* the counting works */
	ck_assert_uint_eq(many, few);
	stage_close();
}

TEST(a_subscriber_with_a_full_socket_gets_everything_later)
{
	static char data[40001];
	size_t want = 0;

	fill(data, sizeof(data));
	redis_server_start();
	stage_conf(&technique);
	stage.send_buffer = 4608; /* the minimum */
	stage_open();
	hold(0, 2, "channel=news");
	client_pause(clients[0]);
	for (int i = 0; i < 5; i++) {
		redis_publish("news", data);
		want++;
	}
	TURN_UNTIL(client_count(clients[1], END) == want);
	publish_to("news", "after", 0);
	TURN_UNTIL(client_has(clients[1], "after"));
	ck_assert(!client_has(clients[0], "xxx"));
	client_resume(clients[0]);
	TURN_UNTIL(client_has(clients[0], "after"));
	ck_assert_str_eq(clients[0]->text, clients[1]->text);
	stage_close();
}

TEST(only_the_subscriber_above_max_backlog_is_cut)
{
	static char data[10001];

	fill(data, sizeof(data));
	redis_server_start();
	stage_conf(&technique);
	stage.send_buffer = 4608;
	stage.conf.hold_max_backlog = 30000;
	stage_open();
	hold(0, 2, "channel=news");
	client_pause(clients[0]);
	for (size_t i = 1; i <= 10; i++) {
		redis_publish("news", data);
		TURN_UNTIL(client_count(clients[1], END) == i);
	}
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 1);
	client_resume(clients[0]);
	TURN_UNTIL(clients[0]->closed);
	ck_assert(!clients[0]->ended);
	ck_assert(!clients[1]->closed);
	stage_close();
}

/* Calls of a command since CONFIG RESETSTAT. */
static int
calls_of(const char *command)
{
	char field[64];
	const char *at;

	snprintf(field, sizeof(field), "cmdstat_%s:calls=", command);
	at = strstr(redis_ask("INFO commandstats"), field);
	return at != NULL ? atoi(at + strlen(field)) : 0;
}

/* The check of rights runs one XRANGE, and it alone runs SET; each other XRANGE
 * reads history. */
static int
pages_read(void)
{
	return calls_of("xrange") - calls_of("set");
}

TEST(the_next_page_is_read_when_the_last_one_is_sent)
{
	static char data[10001];

	fill(data, sizeof(data));
	redis_server_start();
	stage_conf(&technique);
	stage.send_buffer = 4608;
	stage_open();
	for (int i = 0; i < 40; i++)
		redis_publish("news", data);
	redis_ask("CONFIG RESETSTAT");
	clients[0] = stage_get("channel=news&since=0");
	client_pause(clients[0]);
	TURN_UNTIL(pages_read() == 2); /* 4 messages, and 22 */
	turn_for(0.3);
	ck_assert_int_eq(pages_read(), 2);
	client_resume(clients[0]);
	TURN_UNTIL(client_count(clients[0], END) == 40);
	publish_to("news", "live", 1);
	stage_close();
}

TEST(a_fanout_without_members_is_freed)
{
	open_all();
	hold(0, 2, "channel=news");
	ck_assert(
	    !LIST_EMPTY(&stage.dispatch.subscribing.subscribers.fanouts.list));
	client_leave(clients[0]);
	client_leave(clients[1]);
	TURN_UNTIL(
	    LIST_EMPTY(&stage.dispatch.subscribing.subscribers.fanouts.list));
	stage_close();
}
