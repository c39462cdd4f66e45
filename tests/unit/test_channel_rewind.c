/* SPDX-License-Identifier: MIT */
/* Tests of shared/hub/channel_sync.c: Redis loses messages; somebody else
 * writes to its keys; the tip is verified. */
#include "config.h"

#include "shared/hub/channel_sync.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/follow.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

enum { NEVER = 3600 };

static struct follow f;

static void
store_as(struct id id, struct id prev, const char *data)
{
	char a[ID_TEXT_SIZE], b[ID_TEXT_SIZE];

	id_format(a, id);
	id_format(b, prev);
	redis_ask("XADD push:{news}:log %s p %s e %s d %s", a, b, "", data);
}

static void
announce_as(struct id id, struct id prev, const char *data)
{
	char a[ID_TEXT_SIZE], b[ID_TEXT_SIZE], text[256];

	id_format(a, id);
	id_format(b, prev);
	snprintf(text, sizeof(text), "%s %s 0 %s", a, b, data);
	redis_ask("PUBLISH push:0:{news} %s", text);
}

static void
publish_as(struct id id, struct id prev, const char *data)
{
	store_as(id, prev, data);
	announce_as(id, prev, data);
}

static struct id
later(struct id id, unsigned int ms)
{
	return (struct id){id.ms + ms, 0};
}

static struct id
earlier(struct id id, unsigned int ms)
{
	return (struct id){id.ms - ms, 0};
}

static void
set_tip_and_cut(struct id tip, struct id cut)
{
	char text[2 * ID_TEXT_SIZE];

	id_format(text, tip);
	strcat(text, " ");
	id_format(text + strlen(text), cut);
	redis_ask("SET push:{news}:tip %s", text);
}

/* Redis loses the message `from` and has another tip. */
static void
rewind_to(const char *tip, struct id from)
{
	char text[ID_TEXT_SIZE];

	id_format(text, from);
	redis_ask("XDEL push:{news}:log %s", text);
	redis_ask("SET push:{news}:tip %s", tip);
}

TEST(a_tip_that_went_back_is_a_gap_up_to_a_new_tip)
{
	struct id one;

	follow_open_ready(&f, 1);
	one = redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	rewind_to("1000-0", one);
	TURN_UNTIL(f.gaps == 1);
	ck_assert_int_eq(id_compare(f.gap.after, one), 0);
	ck_assert_int_gt(id_compare(channel_tip(f.channel), one), 0);
	follow_end(&f);
}

TEST(the_next_message_after_a_told_rewind_is_no_gap)
{
	follow_open_ready(&f, 1);
	redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	redis_ask("FLUSHALL");
	TURN_UNTIL(f.gaps == 1);
	redis_publish("news", "two");
	TURN_UNTIL(f.messages == 2);
	ck_assert_uint_eq(f.gaps, 1);
	follow_end(&f);
}

/* The process has seen nothing but what is lost, and began after the fork. */
TEST(what_was_stored_after_a_fork_that_was_passed_does_not_come_again)
{
	char fork[ID_TEXT_SIZE], kept[ID_TEXT_SIZE], tip[4 * ID_TEXT_SIZE];
	struct id lost;

	redis_server_start();
	id_format(fork, redis_publish("news", "zero"));
	id_format(kept, redis_publish("news", "one"));
	snprintf(tip, sizeof(tip), "%s@ %s:%s", kept, fork, kept);
	redis_ask("SET push:{news}:tip %b", tip, strlen(tip));
	follow_conf()->bus_audit = 1;
	follow_open();
	follow_start(&f, "news");
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
	lost = redis_publish("news", "two");
	TURN_UNTIL(f.messages == 1);
	id_format(kept, lost);
	redis_ask("XDEL push:{news}:log %s", kept);
	redis_ask("SET push:{news}:tip %b", tip, strlen(tip));
	TURN_UNTIL(f.gaps == 1);
	redis_publish("news", "three");
	TURN_UNTIL(f.messages == 2);
	ck_assert_str_eq(f.text, "ready two gap ready three");
	follow_end(&f);
}

TEST(an_audit_passes_the_forks_of_the_tip)
{
	char zero[ID_TEXT_SIZE], one[ID_TEXT_SIZE], tip[4 * ID_TEXT_SIZE];

	follow_open_ready(&f, 1);
	id_format(zero, redis_publish("news", "zero"));
	id_format(one, redis_publish("news", "one"));
	TURN_UNTIL(f.messages == 2);
	snprintf(tip, sizeof(tip), "%s@ %s:%s", one, zero, one);
	redis_ask("SET push:{news}:tip %b", tip, strlen(tip));
	TURN_UNTIL(f.channel->passed.at.ms > 0);
	id_format(one, f.channel->passed.at);
	ck_assert_str_eq(one, zero);
	follow_end(&f);
}

TEST(a_message_that_names_one_before_the_tip_comes_after_a_gap)
{
	struct id one, two;
	char tip[ID_TEXT_SIZE];

	follow_open_ready(&f, NEVER);
	one = redis_publish("news", "one");
	two = redis_publish("news", "two");
	TURN_UNTIL(f.messages == 2);
	id_format(tip, one);
	rewind_to(tip, two);
	publish_as(later(two, 1000), one, "three");
	TURN_UNTIL(strstr(f.text, "gap three") != NULL);
	ck_assert_uint_eq(f.messages, 3);
	ck_assert_uint_eq(f.gaps, 1);
	ck_assert_int_eq(id_compare(f.gap.after, two), 0);
	follow_end(&f);
}

TEST(the_rewind_is_written_down_as_a_cut)
{
	struct id one, two;
	char tip[ID_TEXT_SIZE];

	follow_open_ready(&f, NEVER);
	one = redis_publish("news", "one");
	two = redis_publish("news", "two");
	TURN_UNTIL(f.messages == 2);
	id_format(tip, one);
	rewind_to(tip, two);
	publish_as(later(two, 1000), one, "three");
	TURN_UNTIL(f.gaps == 1);
	ck_assert_ptr_nonnull(strstr(redis_ask("GET push:{news}:tip"), tip));
	ck_assert(channel_is_cut(f.channel, one));
	follow_end(&f);
}

/* The channel has delivered `one` and a message that names it; then another
 * process has found that a message between them is lost. */
TEST(a_new_cut_below_the_tip_is_a_gap)
{
	struct id one, two;

	follow_open_ready(&f, 1);
	one = redis_publish("news", "one");
	two = redis_publish("news", "two");
	TURN_UNTIL(f.messages == 2);
	set_tip_and_cut(two, one);
	TURN_UNTIL(f.gaps == 1);
	ck_assert_int_eq(id_compare(f.gap.after, one), 0);
	ck_assert_int_eq(id_compare(channel_tip(f.channel), two), 0);
	turn_for(1.5); /* another audit */
	ck_assert_uint_eq(f.gaps, 1);
	follow_end(&f);
}

TEST(a_cut_at_the_tip_is_a_gap_before_the_next_message)
{
	struct id one;

	follow_open_ready(&f, 1);
	one = redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	set_tip_and_cut(one, one);
	TURN_UNTIL(channel_is_cut(f.channel, one));
	ck_assert_uint_eq(f.gaps, 0);
	publish_as(later(one, 1000), one, "two");
	TURN_UNTIL(strstr(f.text, "one gap two") != NULL);
	follow_end(&f);
}

TEST(a_cut_from_before_the_first_subscription_is_no_gap)
{
	redis_server_start();
	redis_ask("SET push:{news}:tip %s", "9-0 5-0");
	follow_conf()->bus_audit = 1;
	follow_open();
	follow_start(&f, "news");
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
	turn_for(1.5);
	ck_assert_uint_eq(f.gaps, 0);
	follow_end(&f);
}

TEST(an_expired_tip_is_no_gap)
{
	redis_server_start();
	redis_ask("SET push:{news}:tip 1000-0"); /* of 1970 */
	follow_conf()->bus_audit = 1;
	follow_open();
	follow_start(&f, "news");
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
	redis_ask("DEL push:{news}:tip");
	turn_for(2.5);
	ck_assert_uint_eq(f.gaps, 0);
	redis_publish("news", "new");
	TURN_UNTIL(strstr(f.text, "new") != NULL);
	ck_assert_uint_eq(f.gaps, 0);
	follow_end(&f);
}

TEST(after_the_life_of_the_tip_a_publisher_may_name_it)
{
	struct id old = {1000, 0};

	redis_server_start();
	redis_ask("SET push:{news}:tip 1000-0"); /* of 1970 */
	follow_conf()->bus_audit = 1;
	follow_open();
	follow_start(&f, "news");
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
	redis_ask("DEL push:{news}:tip");
	TURN_UNTIL(f.channel->next_prev.ms == 0);
	publish_as(later(redis_store("clock", "x"), 1), old, "new");
	TURN_UNTIL(f.messages == 1);
	ck_assert_uint_eq(f.gaps, 0);
	follow_end(&f);
}

TEST(after_redis_was_emptied_and_its_clock_set_back_messages_arrive_at_once)
{
	struct id now, ahead;

	follow_open_ready(&f, NEVER);
	now = redis_store("clock", "x");
	ahead = later(now, 3600 * 1000);
	publish_as(ahead, (struct id){0, 0}, "one");
	TURN_UNTIL(f.messages == 1);
	redis_ask("FLUSHALL");
	publish_as(now, (struct id){0, 0}, "early");
	TURN_UNTIL(strstr(f.text, "gap early") != NULL);
	ck_assert_int_eq(id_compare(channel_tip(f.channel), now), 0);
	follow_end(&f);
}

TEST(what_was_published_first_after_redis_was_emptied_is_not_passed_over)
{
	struct id now, ahead;

	follow_open_ready(&f, NEVER);
	now = redis_store("clock", "x");
	ahead = later(now, 3600 * 1000);
	publish_as(earlier(ahead, 1), (struct id){0, 0}, "zero");
	publish_as(ahead, earlier(ahead, 1), "one");
	TURN_UNTIL(f.messages == 2);
	redis_ask("FLUSHALL");
	store_as(now, (struct id){0, 0}, "early");
	publish_as(later(ahead, 1), earlier(ahead, 1), "late");
	TURN_UNTIL(strstr(f.text, "late") != NULL);
	ck_assert_ptr_nonnull(strstr(f.text, "gap early gap late"));
	follow_end(&f);
}

TEST(messages_below_the_tip_that_follow_the_common_point_are_delivered)
{
	struct id one, two;
	char tip[ID_TEXT_SIZE];

	follow_open_ready(&f, NEVER);
	one = redis_publish("news", "one");
	turn_for(0.05);
	two = redis_publish("news", "two");
	TURN_UNTIL(f.messages == 2);
	id_format(tip, one);
	rewind_to(tip, two);
	redis_ask("DEL push:{news}:log"); /* its last generated id */
	publish_as(one, (struct id){0, 0}, "one");
	publish_as(earlier(two, 1), one, "new");
	TURN_UNTIL(strstr(f.text, "gap new") != NULL);
	ck_assert_uint_eq(f.messages, 3);
	follow_end(&f);
}

/* As after two masters took messages at the same time. */
TEST(messages_of_the_other_branch_are_delivered_although_their_ids_are_lower)
{
	struct id one, two;

	follow_open_ready(&f, 1);
	one = redis_publish("news", "one");
	turn_for(0.05);
	two = redis_publish("news", "two");
	TURN_UNTIL(f.messages == 2);
	redis_ask("DEL push:{news}:log");
	store_as(one, (struct id){0, 0}, "one");
	store_as(earlier(two, 1), one, "other");
	store_as(later(two, 1000), earlier(two, 1), "last");
	TURN_UNTIL(strstr(f.text, "gap other last") != NULL);
	ck_assert_uint_eq(f.gaps, 1);
	follow_end(&f);
}

static void
set_tip_and_fork(struct id tip, struct id fork)
{
	char text[4 * ID_TEXT_SIZE], *at = text;

	at += id_format(at, tip);
	at += sprintf(at, "@0123abcd ");
	at += id_format(at, fork);
	*at++ = ':';
	id_format(at, later(tip, 1000));
	redis_ask("SET push:{news}:tip %s", text);
}

TEST(the_other_branch_is_delivered_although_the_common_point_is_forgotten)
{
	struct id one, last = {0, 0};

	follow_open_ready(&f, 1);
	one = redis_publish("news", "one");
	turn_for(0.05);
	for (int i = 0; i < 100; i++)
		last = redis_publish("news", "x");
	TURN_UNTIL(f.messages == 101);
	redis_ask("DEL push:{news}:log");
	store_as(one, (struct id){0, 0}, "one");
	store_as(later(one, 1), one, "other");
	store_as(later(last, 1000), later(one, 1), "last");
	set_tip_and_fork(later(last, 1000), one);
	TURN_UNTIL(strstr(f.text, "gap other last") != NULL);
	ck_assert_uint_eq(f.messages, 103);
	follow_end(&f);
}

TEST(what_was_delivered_before_a_gap_is_no_common_point_when_more_is_forgotten)
{
	struct id one, two, last = {0, 0};

	follow_open_ready(&f, 1);
	one = redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	channel_deliver_gap(f.channel, one, one);
	two = redis_publish("news", "two");
	turn_for(0.05);
	for (int i = 0; i < 100; i++)
		last = redis_publish("news", "x");
	TURN_UNTIL(f.messages == 102);
	redis_ask("DEL push:{news}:log");
	store_as(one, (struct id){0, 0}, "one");
	store_as(two, one, "two");
	store_as(later(two, 1), two, "other");
	store_as(later(last, 1000), later(two, 1), "last");
	set_tip_and_fork(later(last, 1000), two);
	TURN_UNTIL(strstr(f.text, "gap other last") != NULL);
	ck_assert_uint_eq(f.messages, 104);
	follow_end(&f);
}

TEST(back_on_the_first_branch_only_its_new_messages_are_delivered)
{
	struct id one, two, three;

	follow_open_ready(&f, 1);
	one = redis_publish("news", "one");
	turn_for(0.05);
	two = redis_publish("news", "two");
	three = redis_publish("news", "three");
	TURN_UNTIL(f.messages == 3);
	redis_ask("DEL push:{news}:log");
	store_as(one, (struct id){0, 0}, "one");
	store_as(later(one, 1), one, "other");
	store_as(later(three, 1000), later(one, 1), "last");
	set_tip_and_fork(later(three, 1000), one);
	TURN_UNTIL(strstr(f.text, "gap other last") != NULL);
	redis_ask("DEL push:{news}:log");
	store_as(one, (struct id){0, 0}, "one");
	store_as(two, one, "two");
	store_as(three, two, "three");
	store_as(later(three, 2000), three, "four");
	redis_ask("DEL push:{news}:tip");
	TURN_UNTIL(strstr(f.text, "four") != NULL);
	ck_assert_ptr_nonnull(strstr(f.text, "gap four"));
	ck_assert_uint_eq(f.messages, 6);
	follow_end(&f);
}

TEST(an_announcement_of_another_program_is_delivered_after_one_gap)
{
	struct id one;

	follow_open_ready(&f, NEVER);
	redis_publish("news", "zero");
	one = redis_publish("news", "one");
	TURN_UNTIL(f.messages == 2);
	announce_as(later(one, 1000), earlier(one, 1000), "stray");
	TURN_UNTIL(strstr(f.text, "gap stray") != NULL);
	ck_assert_uint_eq(f.gaps, 1);
	follow_end(&f);
}

TEST(an_entry_of_another_program_is_a_gap)
{
	follow_open_ready(&f, 1);
	redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	redis_ask("XADD push:{news}:log * foreign field");
	TURN_UNTIL(f.gaps == 1);
	follow_end(&f);
}

TEST(messages_after_a_page_of_entries_of_another_program_are_delivered)
{
	follow_open_ready(&f, 1);
	redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	for (int i = 0; i < 100; i++)
		redis_ask("XADD push:{news}:log * foreign field");
	redis_publish("news", "two");
	TURN_UNTIL(f.messages == 2);
	follow_end(&f);
}

TEST(a_rewind_that_redis_does_not_write_down_is_a_gap)
{
	follow_open_ready(&f, 1);
	redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	redis_ask("FLUSHALL");
	redis_ask("ACL SETUSER default -set");
	TURN_UNTIL(f.gaps == 1);
	follow_end(&f);
}

TEST(verifying_delivers_what_was_not_announced)
{
	follow_open_ready(&f, NEVER);
	redis_store("news", "silent");
	channel_verify(f.channel);
	TURN_UNTIL(f.messages == 1);
	follow_end(&f);
}

TEST(a_verified_channel_was_asked_about_after_the_turn_began)
{
	uint64_t turn;

	follow_open_ready(&f, NEVER);
	turn_for(0.01);
	turn = channel_turn(f.channel);
	ck_assert(!channel_is_verified(f.channel, turn));
	channel_verify(f.channel);
	TURN_UNTIL(channel_is_verified(f.channel, turn));
	follow_end(&f);
}

TEST(verifying_twice_in_a_turn_asks_redis_once)
{
	follow_open_ready(&f, NEVER);
	redis_ask("CONFIG RESETSTAT");
	channel_verify(f.channel);
	channel_verify(f.channel);
	TURN_UNTIL(!f.channel->sync.verifying);
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("INFO commandstats"), "cmdstat_evalsha:calls=1,"));
	follow_end(&f);
}

TEST(a_question_asked_in_an_earlier_turn_does_not_verify_a_later_one)
{
	uint64_t turn;

	follow_open_ready(&f, NEVER);
	redis_server_freeze();
	channel_verify(f.channel);
	turn_for(0.05);
	turn = channel_turn(f.channel);
	channel_verify(f.channel);
	redis_server_thaw();
	TURN_UNTIL(channel_is_verified(f.channel, turn));
	follow_end(&f);
}
