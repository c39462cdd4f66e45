/* SPDX-License-Identifier: MIT */
/* Tests of shared/hub/channels.c: lost connections, audits, idle channels. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/hub/channels.h"
#include "tests/unit/follow.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

static struct follow f;

TEST(an_audit_finds_messages_that_were_not_announced)
{
	follow_open_ready(&f, 1);
	redis_store("news", "silent");
	TURN_UNTIL(strstr(f.text, "silent") != NULL);
	ck_assert_uint_eq(f.gaps, 0);
	follow_end(&f);
}

TEST(an_audit_of_a_complete_channel_delivers_nothing)
{
	follow_open_ready(&f, 1);
	redis_publish("news", "one");
	turn_for(2.5);
	ck_assert_str_eq(f.text, "ready one");
	follow_end(&f);
}

TEST(an_emptied_redis_is_a_gap)
{
	struct id one;

	follow_open_ready(&f, 1);
	one = redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	redis_ask("FLUSHALL");
	TURN_UNTIL(f.gaps == 1);
	ck_assert_int_eq(id_compare(f.gap.after, one), 0);
	ck_assert_int_gt(id_compare(f.gap.before, one), 0);
	redis_publish("news", "two");
	TURN_UNTIL(strstr(f.text, "two") != NULL);
	ck_assert_uint_eq(f.gaps, 1);
	follow_end(&f);
}

TEST(subscriptions_are_notified_when_redis_goes_down)
{
	follow_open_ready(&f, 60);
	redis_server_kill();
	TURN_UNTIL(strcmp(f.text, "ready down") == 0);
	ck_assert_int_eq(channel_state(f.channel), CHANNEL_DOWN);
	follow_end(&f);
}

TEST(messages_missed_during_a_reconnect_are_delivered)
{
	follow_open_ready(&f, 60);
	redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	redis_ask("CLIENT KILL TYPE pubsub");
	redis_publish("news", "two");
	redis_publish("news", "three");
	TURN_UNTIL(strstr(f.text, "three") != NULL);
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
	redis_publish("news", "four");
	TURN_UNTIL(strstr(f.text, "four") != NULL);
	ck_assert_uint_eq(f.messages, 4);
	ck_assert_uint_eq(f.gaps, 0);
	follow_end(&f);
}

TEST(no_message_is_lost_when_the_command_connection_breaks)
{
	follow_open_ready(&f, 60);
	for (int i = 0; i < 20; i++) {
		if (i == 10)
			redis_ask("CLIENT KILL TYPE normal SKIPME yes");
		redis_publish("news", "x");
	}
	TURN_UNTIL(f.messages == 20);
	ck_assert_uint_eq(f.gaps, 0);
	follow_end(&f);
}

TEST(a_redis_that_restarts_empty_is_a_gap)
{
	follow_open_ready(&f, 60);
	redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	redis_server_kill();
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_DOWN);
	redis_server_start();
	TURN_UNTIL(f.gaps == 1);
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
	redis_publish("news", "two");
	TURN_UNTIL(f.messages == 2);
	follow_end(&f);
}

TEST(the_audit_retries_a_refused_history_read)
{
	char hole[ID_TEXT_SIZE], after[ID_TEXT_SIZE], announced[128];

	follow_open_ready(&f, 1);
	id_format(hole, redis_store("news", "hole"));
	id_format(after, redis_store("news", "after"));
	snprintf(announced, sizeof(announced), "%s %s 0 after", after, hole);
	redis_ask("ACL SETUSER default -xrange");
	redis_ask("PUBLISH push:0:{news} %s", announced);
	turn_for(0.2);
	ck_assert_uint_eq(f.messages, 0);
	redis_ask("ACL SETUSER default +xrange");
	TURN_UNTIL(strstr(f.text, "hole after") != NULL);
	ck_assert_uint_eq(f.gaps, 0);
	follow_end(&f);
}

TEST(messages_arrive_from_history_while_redis_refuses_to_subscribe)
{
	redis_server_start();
	redis_ask("ACL SETUSER default -subscribe");
	follow_conf()->bus_audit = 3600;
	follow_open();
	follow_start(&f, "news");
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
	redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	redis_ask("ACL SETUSER default +subscribe");
	redis_publish("news", "two");
	TURN_UNTIL(f.messages == 2);
	ck_assert_uint_eq(f.gaps, 0);
	follow_end(&f);
}

TEST(messages_arrive_from_history_while_an_acl_forbids_the_token)
{
	follow_open_ready(&f, 1);
	redis_ask("ACL SETUSER default -publish");
	turn_for(1.2); /* an audit */
	follow_channels()->audit.repeat = 3600.;
	redis_store("news", "one");
	TURN_UNTIL(f.messages == 1);
	follow_end(&f);
}

TEST(an_idle_channel_stays_subscribed_for_a_while)
{
	struct channel *c;

	follow_open_ready(&f, 60);
	c = f.channel;
	follow_stop(&f);
	turn_for(0.5);
	ck_assert_str_eq(redis_ask("PUBSUB NUMSUB push:0:{news}"),
			 "push:0:{news} 1");
	follow_start(&f, "news");
	ck_assert_ptr_eq(f.channel, c);
	redis_publish("news", "hi");
	TURN_UNTIL(f.messages == 1);
	follow_end(&f);
}

TEST(an_idle_channel_is_unsubscribed_in_the_end)
{
	follow_open_ready(&f, 60);
	follow_stop(&f);
	TURN_UNTIL(strcmp(redis_ask("PUBSUB NUMSUB push:0:{news}"),
			  "push:0:{news} 0") == 0);
	ck_assert(TAILQ_EMPTY(&follow_channels()->list));
	follow_start(&f, "news");
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
	redis_publish("news", "hi");
	TURN_UNTIL(f.messages == 1);
	follow_end(&f);
}
