/* SPDX-License-Identifier: MIT */
/* shared/app/subscriber.c with fcgi/iframe.c and fcgi/stream.c: which streams
 * share the bytes of a message, and what each has for itself. */
#include "config.h"

#include <stdlib.h>

#include "fcgi/techniques.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/client.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"

static void
open_all(const struct technique *technique)
{
	redis_server_start();
	stage_conf(technique);
	conf_set_text(&stage.conf.access_origins,
		      "https://a.example https://b.example");
	stage_open();
}

/* One that is live. */
static struct client *
get_live(const char *query)
{
	struct client *c = stage_get(query);

	TURN_UNTIL(client_has(c, "\"cursor\""));
	return c;
}

static struct client *
get_live_from(const char *query, const char *origin)
{
	struct client *c = calloc(1, sizeof(*c));
	struct buf request;

	buf_init(&request, 4096);
	client_begin(&request, "GET");
	client_variable(&request, "QUERY_STRING", query);
	client_variable(&request, "HTTP_ORIGIN", origin);
	client_finish(&request, "");
	stage_ask(c, &request);
	TURN_UNTIL(client_has(c, "\"cursor\""));
	return c;
}

static size_t
count_fanouts(void)
{
	size_t count = 0;
	struct fanout *fanout;

	LIST_FOREACH(fanout,
		     &stage.dispatch.subscribing.subscribers.fanouts.list, link)
		count++;
	return count;
}

static void
assert_get(struct client *a, struct client *b, const char *message)
{
	redis_publish("news", "hi");
	TURN_UNTIL(client_has(a, message) && client_has(b, message));
	ck_assert_uint_eq(client_count(a, message), 1);
	ck_assert_uint_eq(client_count(b, message), 1);
}

#define NEWS "channel=news&callback="

TEST(iframes_with_different_callbacks_share_bytes)
{
	struct client *a, *b;

	open_all(&technique_iframe);
	a = get_live(NEWS "app.one");
	b = get_live(NEWS "app.two&padding=3000");
	ck_assert_uint_eq(count_fanouts(), 1);
	ck_assert(client_has(a, "parent.app.one(m)"));
	ck_assert(client_has(b, "parent.app.two(m)"));
	assert_get(a, b, "\"data\":\"hi\"})</script>");
	stage_close();
}

TEST(iframes_of_different_origins_share_bytes)
{
	struct client *a, *b;

	open_all(&technique_iframe);
	a = get_live(NEWS "f&origin=https://a.example");
	b = get_live(NEWS "f&origin=https://b.example");
	ck_assert_uint_eq(count_fanouts(), 1);
	ck_assert(client_has(a, "frame-ancestors https://a.example\r\n"));
	ck_assert(client_has(a, "postMessage(m, 'https://a.example')"));
	ck_assert(client_has(b, "frame-ancestors https://b.example\r\n"));
	ck_assert(client_has(b, "postMessage(m, 'https://b.example')"));
	assert_get(a, b, "\"data\":\"hi\"})</script>");
	stage_close();
}

TEST(streams_read_by_different_origins_share_bytes)
{
	struct client *a, *b;

	open_all(&technique_stream);
	a = get_live_from("channel=news", "https://a.example");
	b = get_live_from("channel=news&padding=9", "https://b.example");
	ck_assert_uint_eq(count_fanouts(), 1);
	ck_assert(client_has(
	    a, "Access-Control-Allow-Origin: https://a.example\r\n"));
	ck_assert(client_has(
	    b, "Access-Control-Allow-Origin: https://b.example\r\n"));
	assert_get(a, b, "\"data\":\"hi\"}\n");
	stage_close();
}

TEST(what_changes_a_message_is_not_shared)
{
	struct client *a, *b;

	open_all(&technique_sse);
	a = get_live("channel=news");
	b = get_live("channel=news&envelope=json");
	ck_assert_uint_eq(count_fanouts(), 2);
	redis_publish("news", "hi");
	TURN_UNTIL(client_has(a, "\ndata: hi\n"));
	TURN_UNTIL(client_has(b, "\"data\":\"hi\"}\n"));
	stage_close();
}

/* Its texts follow it: "127.0.0.1" and a random id are 27 bytes. With what
 * malloc() adds that is 160. */
TEST(a_subscriber_takes_few_bytes)
{
	ck_assert(sizeof(void *) > 8 || sizeof(struct subscriber) <= 112);
}
