/* SPDX-License-Identifier: MIT */
/* shared/app/publisher.c with fcgi/publish.c. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/base/xalloc.h"
#include "tests/unit/client.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"

static void
open_all(void)
{
	redis_server_start();
	stage_conf(&technique_publish);
	stage_open();
}

static struct client *
post(const char *type, const char *body)
{
	struct client *c = stage_post(type, body);

	TURN_UNTIL(c->ended && c->closed);
	return c;
}

static void
assert_has(const struct client *c, const char *text)
{
	if (!client_has(c, text))
		ck_abort_msg("no %s in %s", text, c->text);
}

TEST(a_form_is_stored_and_the_response_has_its_id)
{
	struct client *c;
	char want[128];

	open_all();
	c = post(FORM, "channel=news&data=hi+there&event=chat");
	assert_has(c, "Status: 201 ");
	snprintf(want, sizeof(want), "\"id\":\"%s\"", redis_tip("news"));
	assert_has(c, want);
	ck_assert_ptr_nonnull(strstr(redis_ask("XRANGE push:{news}:log - +"),
				     "e chat d hi there"));
	stage_close();
}

TEST(json_is_stored)
{
	struct client *c;

	open_all();
	c = post(JSON, "{\"channel\":\"news\",\"data\":\"h\\u00e9\"}");
	assert_has(c, "Status: 201 ");
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("XRANGE push:{news}:log - +"), "d h\xc3\xa9"));
	stage_close();
}

TEST(a_known_key_is_200)
{
	struct client *c;

	open_all();
	assert_has(post(FORM, "channel=news&data=hi&key=k"), "Status: 201 ");
	c = post(FORM, "channel=news&data=hi&key=k");
	assert_has(c, "Status: 200 ");
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "1");
	stage_close();
}

TEST(an_invalid_message_is_refused)
{
	open_all();
	assert_has(post(FORM, "data=hi"), "Status: 400 ");
	assert_has(post(JSON, "{"), "Status: 400 ");
	ck_assert_str_eq(redis_ask("DBSIZE"), "0");
	stage_close();
}

TEST(more_than_message_max_bytes_is_413)
{
	redis_server_start();
	stage_conf(&technique_publish);
	stage.conf.message_max_bytes = 4;
	stage_open();
	assert_has(post(FORM, "channel=news&data=1234"), "Status: 201 ");
	assert_has(post(FORM, "channel=news&data=12345"), "Status: 413 ");
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "1");
	stage_close();
}

TEST(a_much_larger_body_is_413_before_it_is_read)
{
	char *body = malloc(50001);

	ck_assert_ptr_nonnull(body);
	memset(body, 'x', 50000);
	body[50000] = '\0';
	redis_server_start();
	stage_conf(&technique_publish);
	stage.conf.message_max_bytes = 4;
	stage_open();
	assert_has(post(FORM, body), "Status: 413 ");
	free(body);
	stage_close();
}

TEST(while_redis_is_down_it_is_503_not_stored)
{
	struct client *c;

	redis_server_prepare();
	stage_conf(&technique_publish);
	stage_open();
	c = post(FORM, "channel=news&data=hi");
	assert_has(c, "Status: 503 ");
	assert_has(c, "\"stored\":false");
	assert_has(c, "Retry-After: ");
	stage_close();
}

TEST(without_a_reply_of_redis_it_is_504_unknown)
{
	struct client *c;

	redis_server_start();
	stage_conf(&technique_publish);
	stage.conf.bus_timeout = 2;
	stage_open();
	TURN_UNTIL(bus_is_up(stage.dispatch.publishers.bus));
	redis_server_freeze();
	c = post(FORM, "channel=news&data=hi");
	assert_has(c, "Status: 504 ");
	assert_has(c, "\"stored\":\"unknown\"");
	stage_close();
}

TEST(a_client_that_leaves_has_published_nevertheless)
{
	struct client *c;

	open_all();
	TURN_UNTIL(bus_is_up(stage.dispatch.publishers.bus));
	redis_server_freeze();
	c = stage_post(FORM, "channel=news&data=hi");
	turn_for(0.1);
	client_leave(c);
	TURN_UNTIL(stage.conns.count == 0);
	redis_server_thaw();
	TURN_UNTIL(strcmp(redis_ask("XLEN push:{news}:log"), "1") == 0);
	assert_has(post(FORM, "channel=news&data=next"), "Status: 201 ");
	stage_close();
}

/* From another machine. */
static struct client *
post_from_afar(const char *body)
{
	struct client *c = xcalloc(1, sizeof(*c));
	struct buf request;

	client_begin(&request, "POST");
	client_variable(&request, "HTTP_X_FORWARDED_FOR", "192.0.2.1");
	client_variable(&request, "CONTENT_TYPE", FORM);
	client_finish(&request, body);
	stage_ask(c, &request);
	return c;
}

TEST(a_channel_counts_whose_creator_left_before_the_response)
{
	struct client *c;

	redis_server_start();
	stage_conf(&technique_publish);
	stage.conf.access_proxies = xstrdup("127.0.0.1");
	stage.conf.access_publish = WHO_ANY;
	stage.conf.limit_new_channels = 1;
	stage_open();
	TURN_UNTIL(bus_is_up(stage.dispatch.publishers.bus));
	redis_server_freeze();
	c = post_from_afar("channel=news&data=hi");
	turn_for(0.1);
	client_leave(c);
	TURN_UNTIL(stage.conns.count == 0);
	redis_server_thaw();
	/* Redis answers in order. */
	assert_has(post(FORM, "channel=news&data=next"), "Status: 201 ");
	c = post_from_afar("channel=new&data=hi");
	TURN_UNTIL(c->ended && c->closed);
	assert_has(c, "Status: 429 ");
	stage_close();
}

TEST(without_permission_it_is_403)
{
	redis_server_start();
	stage_conf(&technique_publish);
	stage.conf.access_publish = 0;
	stage_open();
	assert_has(post(FORM, "channel=news&data=hi"), "Status: 403 ");
	ck_assert_str_eq(redis_ask("DBSIZE"), "0");
	stage_close();
}
