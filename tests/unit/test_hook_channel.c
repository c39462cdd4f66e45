/* SPDX-License-Identifier: MIT */
/* shared/app/hook_channel.c and hook_line.c, on a fake bus and a fake clock. */
#include "config.h"

#include "shared/app/hook_channel.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/app/hook_line.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/fake_bus.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

static void
open_stage(const struct technique *technique)
{
	stage_init(technique);
	conf_set_text(&stage.conf.hook_channel, "hooks");
	stage_open();
}

/* What was published as the number-th message. */
static const struct message *
nth(uint64_t number)
{
	return fake_bus_find((struct id){number, 0});
}

static void
assert_told(uint64_t number, const char *part)
{
	TURN_UNTIL(nth(number) != NULL);
	ck_assert(text_is(nth(number)->channel, "hooks"));
	ck_assert_msg(strstr(nth(number)->data.bytes, part) != NULL, "%s",
		      nth(number)->data.bytes);
}

TEST(a_line_has_all_that_is_known)
{
	const struct subscriber_event event = {.kind = SUBSCRIBER_HAS_ENDED,
					       .channel = text_of("a\"b"),
					       .technique = "sse",
					       .id = "tab-7",
					       .user = "Ann",
					       .address = "192.0.2.1",
					       .reason = END_EXPIRED};
	char want[400];
	struct buf out;

	snprintf(want, sizeof(want),
		 "{\"event\":\"end\",\"channel\":\"a\\\"b\","
		 "\"technique\":\"sse\",\"client\":\"tab-7\",\"user\":\"Ann\","
		 "\"address\":\"192.0.2.1\",\"time\":%llu000,"
		 "\"reason\":\"expired\"}",
		 (unsigned long long)FAKE_CLOCK_UNIX);
	buf_init(&out, HOOK_LINE_MAX);
	hook_line_put(&out, &event);
	suite_assert_bytes(&out, want);
	buf_free(&out);
}

TEST(a_line_with_the_longest_names_fits)
{
	char channel[CHANNEL_NAME_MAX + 1], user[USER_NAME_MAX + 1];
	struct subscriber_event event = {.kind = SUBSCRIBER_UNSUBSCRIBED,
					 .technique = "websocket",
					 .id = "0123456789abcdef",
					 .address = "192.0.2.1"};
	struct buf out;

	memset(channel, '"', sizeof(channel) - 1);
	memset(user, '<', sizeof(user) - 1);
	channel[CHANNEL_NAME_MAX] = user[USER_NAME_MAX] = '\0';
	event.channel = text_of(channel);
	event.user = user;
	buf_init(&out, HOOK_LINE_MAX);
	hook_line_put(&out, &event);
	ck_assert(buf_ok(&out));
	buf_free(&out);
}

TEST(a_message_tells_of_each_event)
{
	struct client *c;

	open_stage(&technique_sse);
	c = stage_get("channel=a&client=tab-7");
	assert_told(1, "{\"event\":\"subscribe\",\"channel\":\"a\","
		       "\"technique\":\"sse\",\"client\":\"tab-7\"");
	TURN_UNTIL(client_has(c, "event: cursor"));
	client_leave(c);
	assert_told(2, "\"reason\":\"left\"}");
	TURN_UNTIL(
	    hook_channel_is_settled(&stage.dispatch.subscribing.hook_channel));
	stage_close();
}

TEST(nothing_is_told_of_the_channel_itself)
{
	struct client *c;

	open_stage(&technique_sse);
	c = stage_get("channel=hooks&channel=a");
	TURN_UNTIL(client_has(c, "event: cursor"));
	assert_told(1, "\"channel\":\"a\"");
	turn_for(0.05);
	ck_assert_ptr_null(nth(2));
	stage_close();
}

TEST(without_the_setting_nothing_is_published)
{
	struct client *c;

	stage_init(&technique_sse);
	stage_open();
	c = stage_get("channel=a");
	TURN_UNTIL(client_has(c, "event: cursor"));
	turn_for(0.05);
	ck_assert_ptr_null(nth(1));
	stage_close();
}

TEST(what_is_too_much_is_counted_and_told_later)
{
	struct hook_channel *h = &stage.dispatch.subscribing.hook_channel;
	struct client *c;

	open_stage(&technique_sse);
	h->room = 1;
	c = stage_get("channel=a&channel=b&channel=c");
	TURN_UNTIL(client_has(c, "event: cursor"));
	turn_for(0.05);
	ck_assert_ptr_null(nth(1));
	ck_assert_uint_eq(h->lost.untold, 3);
	stage_advance(1);
	stage_get("channel=d");
	assert_told(1, "{\"event\":\"lost\",\"count\":3,");
	assert_told(2, "\"channel\":\"d\"");
	stage_close();
}
