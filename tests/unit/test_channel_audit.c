/* SPDX-License-Identifier: MIT */
/* shared/hub/channel.c and channels.c: Redis going and coming back, the audit,
 * and channels nobody follows, one fact a test; the name is the fact. */
#include "config.h"

#include <string.h>

#include "shared/hub/channel.h"
#include "tests/unit/follow.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

static struct follow f;

static void
open_ready(unsigned int audit)
{
	redis_server_start();
	follow_conf()->bus_audit = audit;
	follow_open();
	follow_start(&f, "news");
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
}

static void
close_all(void)
{
	follow_stop(&f);
	follow_close();
}

TEST(an_audit_finds_what_nobody_announced)
{
	open_ready(1);
	redis_store("news", "silent");
	TURN_UNTIL(strstr(f.text, "silent") != NULL);
	ck_assert_uint_eq(f.gaps, 0);
	close_all();
}

TEST(an_audit_of_a_quiet_channel_says_nothing)
{
	open_ready(1);
	redis_publish("news", "one");
	turn_for(2.5);
	ck_assert_str_eq(f.text, "ready one");
	close_all();
}

TEST(a_redis_that_was_emptied_is_a_gap)
{
	struct id one;

	open_ready(1);
	one = redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	redis_ask("FLUSHALL");
	TURN_UNTIL(f.gaps == 1);
	ck_assert_int_eq(id_compare(f.gap.after, one), 0);
	ck_assert_int_eq(id_compare(f.gap.before, (struct id){0, 0}), 0);
	redis_publish("news", "two");
	TURN_UNTIL(strstr(f.text, "two") != NULL);
	ck_assert_uint_eq(f.gaps, 1);
	close_all();
}

TEST(ids_that_went_back_are_a_gap_and_redis_is_right)
{
	open_ready(1);
	redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	redis_ask("SET push:{news}:tip 1000-0");
	TURN_UNTIL(f.gaps == 1);
	ck_assert_int_eq(
	    id_compare(channel_tip(f.channel), (struct id){1000, 0}), 0);
	close_all();
}

TEST(a_tip_that_expired_is_no_gap)
{
	redis_server_start();
	redis_ask("SET push:{news}:tip 1000-0"); /* of 1970 */
	follow_conf();
	follow_open();
	follow_start(&f, "news");
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
	redis_ask("DEL push:{news}:tip");
	turn_for(2.5);
	ck_assert_uint_eq(f.gaps, 0);
	redis_publish("news", "new");
	TURN_UNTIL(strstr(f.text, "new") != NULL);
	ck_assert_uint_eq(f.gaps, 0);
	close_all();
}

TEST(redis_going_down_is_told)
{
	open_ready(60);
	redis_server_kill();
	TURN_UNTIL(strcmp(f.text, "ready away") == 0);
	ck_assert_int_eq(channel_state(f.channel), CHANNEL_DOWN);
	close_all();
}

TEST(after_a_reconnect_what_was_missed_comes)
{
	open_ready(60);
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
	close_all();
}

TEST(losing_only_the_commands_misses_nothing)
{
	open_ready(60);
	for (int i = 0; i < 20; i++) {
		if (i == 10)
			redis_ask("CLIENT KILL TYPE normal SKIPME yes");
		redis_publish("news", "x");
	}
	TURN_UNTIL(f.messages == 20);
	ck_assert_uint_eq(f.gaps, 0);
	close_all();
}

TEST(a_redis_that_comes_back_empty_is_a_gap)
{
	open_ready(60);
	redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	redis_server_kill();
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_DOWN);
	redis_server_start();
	TURN_UNTIL(f.gaps == 1);
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
	redis_publish("news", "two");
	TURN_UNTIL(f.messages == 2);
	close_all();
}

TEST(a_refused_history_is_asked_again_by_the_audit)
{
	open_ready(1);
	redis_ask("ACL SETUSER default -xrange");
	redis_store("news", "hole");
	redis_publish("news", "after");
	turn_for(0.2);
	ck_assert_uint_eq(f.messages, 0);
	redis_ask("ACL SETUSER default +xrange");
	TURN_UNTIL(strstr(f.text, "hole after") != NULL);
	ck_assert_uint_eq(f.gaps, 0);
	close_all();
}

TEST(a_channel_without_subscriptions_stays_a_little)
{
	struct channel *c;

	open_ready(60);
	c = f.channel;
	follow_stop(&f);
	turn_for(0.5);
	ck_assert_str_eq(redis_ask("PUBSUB NUMSUB push:0:{news}"),
			 "push:0:{news} 1");
	follow_start(&f, "news");
	ck_assert_ptr_eq(f.channel, c);
	redis_publish("news", "hi");
	TURN_UNTIL(f.messages == 1);
	close_all();
}

TEST(then_it_is_unsubscribed)
{
	open_ready(60);
	follow_stop(&f);
	TURN_UNTIL(strcmp(redis_ask("PUBSUB NUMSUB push:0:{news}"),
			  "push:0:{news} 0") == 0);
	ck_assert_ptr_null(follow_channels()->first);
	follow_start(&f, "news");
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
	redis_publish("news", "hi");
	TURN_UNTIL(f.messages == 1);
	close_all();
}
