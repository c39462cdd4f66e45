/* SPDX-License-Identifier: MIT */
/* shared/app/dispatch.c and publisher.c: requests that need a right. On a fake
 * bus. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/client.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/hs256.h"
#include "tests/unit/signed_query.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

#define FORM	"application/x-www-form-urlencoded"
#define PRIVATE "Cache-Control: private, no-store"

static void
stage_with(const struct technique *technique)
{
	stage_init(technique);
	signed_query_conf();
	conf_set_text(&stage.conf.access_jwt_key, HS256_SECRET);
	conf_set_text(&stage.conf.access_publish_secret, "fedcba9876543210");
}

/* Channels take a token. */
static void
open_closed(const struct technique *technique)
{
	stage_with(technique);
	stage_open();
}

static void
open_open(const struct technique *technique)
{
	stage_with(technique);
	stage.conf.access_subscribe = WHO_ANY;
	stage_open();
}

/* A request with one variable more. */
static struct client *
ask(const char *method, const char *query, const char *name, const char *value,
    const char *body)
{
	struct client *c = calloc(1, sizeof(*c));
	struct buf request;

	ck_assert_ptr_nonnull(c);
	client_begin(&request, method);
	client_variable(&request, "QUERY_STRING", query);
	client_variable(&request, "CONTENT_TYPE", FORM);
	client_variable(&request, name, value);
	client_finish(&request, body);
	stage_ask(c, &request);
	return c;
}

static struct client *
get_with(const char *query, const char *name, const char *value)
{
	return ask("GET", query, name, value, "");
}

static void
await(const struct client *c, const char *text)
{
	TURN_UNTIL(client_has(c, text) || c->ended || c->closed);
	if (!client_has(c, text))
		ck_abort_msg("no %s in %s", text, c->text);
}

/* --- refusals ------------------------------------------------------------- */

TEST(a_closed_channel_is_401_with_a_challenge)
{
	struct client *c;

	open_closed(&technique_sse);
	c = stage_get("channel=news");
	TURN_UNTIL(c->ended && c->closed);
	await(c, "Status: 401 ");
	await(c, "WWW-Authenticate: Bearer realm=\"push\"\r\n");
	await(c, "Content-Type: application/problem+json\r\n");
	await(c, "To subscribe to news takes a token or a signed URL");
	ck_assert_uint_eq(stage.dispatch.subscribing.subscribers.held, 0);
	stage_close();
}

TEST(a_signed_request_is_served)
{
	open_closed(&technique_sse);
	await(stage_get(signed_query("news", 10)), "event: cursor");
	stage_close();
}

TEST(a_signed_request_for_another_channel_is_401)
{
	char query[600];

	open_closed(&technique_sse);
	snprintf(query, sizeof(query), "%s&channel=sport",
		 signed_query("news", 10));
	await(stage_get(query), "Status: 401 ");
	stage_close();
}

TEST(a_token_is_served_and_for_another_channel_it_is_403)
{
	char query[600];

	open_closed(&technique_sse);
	snprintf(query, sizeof(query), "channel=news&token=%s",
		 hs256("{\"mercure\":{\"subscribe\":[\"news\"]}}"));
	await(stage_get(query), "event: cursor");
	snprintf(query, sizeof(query), "channel=sport&channel=news&token=%s",
		 hs256("{\"mercure\":{\"subscribe\":[\"news\"]}}"));
	await(stage_get(query), "Status: 403 ");
	stage_close();
}

TEST(a_parameter_of_access_stands_once)
{
	open_closed(&technique_sse);
	await(stage_get("channel=news&token=a&token=b"), "Status: 400 ");
	await(stage_get("channel=news&sig=a&sig=b"), "Status: 400 ");
	await(stage_get("channel=news&expires=1&expires=1"), "Status: 400 ");
	stage_close();
}

/* --- caches --------------------------------------------------------------- */

TEST(a_response_of_a_closed_channel_is_private)
{
	open_closed(&technique_sse);
	await(stage_get(signed_query("news", 10)),
	      PRIVATE ", no-transform\r\n");
	stage_close();
	open_closed(&technique_longpoll);
	await(stage_get(signed_query("news", 10)), PRIVATE "\r\n");
	stage_close();
	open_closed(&technique_poll);
	await(stage_get(signed_query("news", 10)), PRIVATE "\r\n");
	stage_close();
	open_closed(&technique_http);
	fake_bus_publish("news", "hi");
	await(stage_get(signed_query("news", 10)), PRIVATE "\r\n");
	stage_close();
}

TEST(a_response_of_an_open_channel_is_not_private)
{
	struct client *c;

	open_open(&technique_poll);
	c = stage_get("channel=news");
	TURN_UNTIL(c->ended);
	await(c, "Status: 200 ");
	ck_assert(!client_has(c, "private"));
	stage_close();
}

TEST(a_response_to_who_shows_something_is_private)
{
	static const char *const shows[][2] = {
	    {"HTTP_COOKIE", "session=1"},
	    {"REMOTE_USER", "alice"},
	    {"HTTP_AUTHORIZATION", "Bearer x"}};

	open_open(&technique_poll);
	stage.conf.poll_max_age = 60;
	for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++)
		await(get_with("channel=news", shows[i][0], shows[i][1]),
		      PRIVATE "\r\n");
	await(stage_get(signed_query("news", 10)), PRIVATE "\r\n");
	await(stage_get("channel=news&token=x"), PRIVATE "\r\n");
	await(stage_get("channel=news"), "Cache-Control: max-age=60\r\n");
	stage_close();
}

TEST(a_response_to_head_is_private_too)
{
	open_closed(&technique_sse);
	await(ask("HEAD", signed_query("news", 10), "A", "", ""),
	      PRIVATE ", no-transform\r\n");
	stage_close();
}

/* --- script techniques ---------------------------------------------------- */

static void
get_script(char query[600])
{
	snprintf(query, 600, "%s&callback=f", signed_query("news", 10));
}

TEST(iframe_and_jsonp_refuse_a_closed_channel)
{
	static const struct technique *const scripts[] = {&technique_iframe,
							  &technique_jsonp};
	char query[600];
	struct client *c;

	for (size_t i = 0; i < 2; i++) {
		open_closed(scripts[i]);
		get_script(query);
		c = stage_get(query);
		await(c, "Status: 403 ");
		await(c, "(access.scripts = no).");
		stage_close();
	}
}

TEST(with_access_scripts_they_serve_it)
{
	char query[600];
	struct client *c;

	stage_with(&technique_jsonp);
	stage.conf.access_scripts = CONF_YES;
	stage_open();
	get_script(query);
	await(stage_get(query), "/**/f({\"messages\":[]");
	stage_close();
	stage_with(&technique_iframe);
	stage.conf.access_scripts = CONF_YES;
	stage_open();
	get_script(query);
	c = stage_get(query);
	await(c, "<script>push({\"cursor\":");
	await(c, PRIVATE);
	stage_close();
}

TEST(with_access_scripts_they_still_need_the_right)
{
	stage_with(&technique_jsonp);
	stage.conf.access_scripts = CONF_YES;
	stage_open();
	await(stage_get("channel=news&callback=f"), "Status: 401 ");
	stage_close();
}

TEST(they_serve_an_open_channel)
{
	open_open(&technique_jsonp);
	await(stage_get("channel=news&callback=f"), "/**/f({\"messages\":[]");
	stage_close();
}

/* --- publishing ----------------------------------------------------------- */

static struct client *
post_with(const char *query, const char *name, const char *value)
{
	return ask("POST", query, name, value, "channel=news&data=hi");
}

static void
open_publish(unsigned int who)
{
	stage_with(&technique_publish);
	stage.conf.access_publish = who;
	stage_open();
}

TEST(publishing_takes_what_the_rule_of_the_channel_says)
{
	open_publish(WHO_TOKEN);
	await(post_with("", "A", ""), "Status: 401 ");
	await(post_with("", "HTTP_AUTHORIZATION", "Bearer fedcba9876543210"),
	      "Status: 201 ");
	await(post_with("", "HTTP_AUTHORIZATION", "Bearer fedcba9876543211"),
	      "Status: 401 ");
	stage_close();
}

TEST(a_token_publishes_to_its_channels)
{
	char sport[400], news[400];

	open_publish(WHO_TOKEN);
	snprintf(news, sizeof(news), "Bearer %s",
		 hs256("{\"mercure\":{\"publish\":[\"news\"]}}"));
	snprintf(sport, sizeof(sport), "Bearer %s",
		 hs256("{\"mercure\":{\"publish\":[\"sport\"],"
		       "\"subscribe\":[\"news\"]}}"));
	await(post_with("", "HTTP_AUTHORIZATION", news), "Status: 201 ");
	await(post_with("", "HTTP_AUTHORIZATION", sport), "Status: 403 ");
	stage_close();
}

/* The parameters of a signed URL; its channel is in the body. */
static struct client *
post_signed(enum access_right right, const char *channel)
{
	unsigned long long expires = 0;
	char sig[44] = "", query[200];

	ck_assert_int_eq(sscanf(signed_members(right, channel, 10),
				",\"expires\":%llu,\"sig\":\"%43[^\"]",
				&expires, sig),
			 2);
	snprintf(query, sizeof(query), "expires=%llu&sig=%s", expires, sig);
	return post_with(query, "A", "");
}

TEST(a_signed_url_publishes_to_its_channel)
{
	open_publish(WHO_TOKEN);
	await(post_signed(ACCESS_PUBLISH, "news"), "Status: 201 ");
	await(post_signed(ACCESS_PUBLISH, "sport"), "Status: 401 ");
	await(post_signed(ACCESS_SUBSCRIBE, "news"), "Status: 401 ");
	stage_close();
}

TEST(loopback_publishes_from_this_machine_only)
{
	open_publish(WHO_LOOPBACK);
	await(post_with("", "A", ""), "Status: 201 ");
	await(post_with("", "HTTP_X_FORWARDED_FOR", "192.0.2.1"),
	      "Status: 403 ");
	stage_close();
}

TEST(a_page_of_another_site_does_not_publish_whatever_it_shows)
{
	char query[400];

	open_publish(WHO_ANY);
	snprintf(query, sizeof(query), "token=%s",
		 hs256("{\"mercure\":{\"publish\":[\"*\"]}}"));
	await(post_with(query, "A", ""), "Status: 201 ");
	await(post_with(query, "HTTP_SEC_FETCH_SITE", "cross-site"),
	      "Status: 403 ");
	stage_close();
}
