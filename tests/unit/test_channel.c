/* SPDX-License-Identifier: MIT */
/* Tests of shared/hub/channel.c: live messages, missing messages, gaps, recent
 * messages. See test_channels.c for audits. */
#include "config.h"

#include "shared/hub/channel_sync.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/unit/follow.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

static struct follow f;

/* Announces a message without storing it. */
static void
announce(struct id id, struct id prev, const char *data)
{
	char a[ID_TEXT_SIZE], b[ID_TEXT_SIZE], text[256];

	id_format(a, id);
	id_format(b, prev);
	snprintf(text, sizeof(text), "%s %s 0 %s", a, b, data);
	redis_ask("PUBLISH push:0:{news} %s", text);
}

TEST(the_first_subscription_sets_the_tip_from_redis)
{
	struct id id;

	redis_server_start();
	id = redis_publish("news", "old");
	follow_conf();
	follow_open();
	follow_start(&f, "news");
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
	ck_assert_int_eq(id_compare(channel_tip(f.channel), id), 0);
	ck_assert_str_eq(f.text, "ready");
	follow_end(&f);
}

TEST(an_unused_channel_is_ready_at_0)
{
	follow_open_ready(&f, 1);
	ck_assert_int_eq(id_compare(channel_tip(f.channel), (struct id){0, 0}),
			 0);
	follow_end(&f);
}

TEST(live_messages_are_delivered_in_order)
{
	follow_open_ready(&f, 1);
	redis_publish("news", "one");
	redis_publish("news", "two");
	redis_publish("news", "three");
	TURN_UNTIL(strcmp(f.text, "ready one two three") == 0);
	follow_end(&f);
}

TEST(the_tip_is_the_last_message_delivered)
{
	struct id id;

	follow_open_ready(&f, 1);
	id = redis_publish("news", "one");
	TURN_UNTIL(strcmp(f.text, "ready one") == 0);
	ck_assert_int_eq(id_compare(channel_tip(f.channel), id), 0);
	follow_end(&f);
}

TEST(every_subscription_gets_every_message)
{
	struct follow other;

	follow_open_ready(&f, 1);
	follow_start(&other, "news");
	ck_assert_ptr_eq(other.channel, f.channel);
	redis_publish("news", "one");
	TURN_UNTIL(strcmp(f.text, "ready one") == 0);
	ck_assert_str_eq(other.text, "one");
	follow_stop(&other);
	redis_publish("news", "two");
	TURN_UNTIL(strcmp(f.text, "ready one two") == 0);
	ck_assert_str_eq(other.text, "one");
	follow_end(&f);
}

TEST(missing_messages_are_delivered_before_the_message_that_reveals_them)
{
	follow_open_ready(&f, 1);
	redis_publish("news", "one");
	redis_store("news", "two");
	redis_store("news", "three");
	redis_publish("news", "four");
	TURN_UNTIL(strcmp(f.text, "ready one two three four ready") == 0);
	follow_end(&f);
}

TEST(missing_messages_of_several_pages_are_delivered)
{
	follow_open_ready(&f, 1);
	for (int i = 0; i < 200; i++)
		redis_store("news", "x");
	redis_publish("news", "last");
	TURN_UNTIL(strstr(f.text, "last ready") != NULL);
	ck_assert_uint_eq(f.messages, 201);
	ck_assert_uint_eq(f.gaps, 0);
	follow_end(&f);
}

/* The words were recorded in this order, possibly with others in between. */
static void
assert_in_order(const char *words)
{
	const char *at = f.text, *found;
	char word[32];

	for (; *words != '\0'; words += strspn(words, " ")) {
		size_t len = strcspn(words, " ");

		snprintf(word, sizeof(word), "%.*s", (int)len, words);
		found = strstr(at, word);
		ck_assert_msg(found != NULL,
			      "%s is missing or out of order: %s", word,
			      f.text);
		at = found + len;
		words += len;
	}
}

TEST(messages_announced_while_syncing_keep_their_order)
{
	follow_open_ready(&f, 1);
	redis_store("news", "one");
	redis_publish("news", "two");
	redis_publish("news", "three");
	redis_store("news", "four");
	redis_publish("news", "five");
	TURN_UNTIL(strstr(f.text, "five") != NULL &&
		   channel_state(f.channel) == CHANNEL_READY);
	assert_in_order("one two three four five");
	ck_assert_uint_eq(f.messages, 5);
	follow_end(&f);
}

TEST(messages_beyond_the_queue_are_read_from_the_stream)
{
	follow_open_ready(&f, 1);
	redis_store("news", "hole");
	for (int i = 0; i < 3000; i++)
		redis_publish("news", "x");
	redis_publish("news", "last");
	TURN_UNTIL(strstr(f.text, "last") != NULL);
	ck_assert_uint_eq(f.messages, 3002);
	ck_assert_uint_eq(f.gaps, 0);
	follow_end(&f);
}

/* Stores a message and announces it to the channel directly: before any reply
 * of Redis that is on its way. */
static void
announce_now(const char *data, struct id *prev)
{
	struct message view = {.channel = {"news", 4}, .event = {"", 0}};
	struct message *m;

	view.prev = *prev;
	view.id = *prev = redis_store("news", data);
	view.data = text_of(data);
	m = message_new(&view);
	channel_announced(f.channel, m);
	message_unref(m);
}

TEST(messages_beyond_the_queue_are_found_although_the_tip_is_older)
{
	const struct timespec a_moment = {.tv_nsec = 50 * 1000 * 1000};
	struct id prev = {0, 0};

	redis_server_start();
	follow_conf()->bus_audit = 3600;
	follow_open();
	follow_start(&f, "news");
	TURN_UNTIL(channel_state(f.channel) == CHANNEL_READY);
	channel_verify(f.channel);
	ev_run(turn_loop(), EVRUN_NOWAIT); /* sends the request */
	nanosleep(&a_moment, NULL);	   /* the reply is 0-0 */
	for (int i = 0; i < 2000; i++)
		announce_now("x", &prev);
	TURN_UNTIL(f.messages == 2000);
	ck_assert_uint_eq(f.gaps, 0);
	follow_end(&f);
}

TEST(messages_up_to_the_tip_are_dropped)
{
	struct id one, two;

	follow_open_ready(&f, 1);
	one = redis_publish("news", "one");
	two = redis_publish("news", "two");
	announce(one, (struct id){0, 0}, "again");
	announce(two, one, "again");
	redis_publish("news", "three");
	TURN_UNTIL(strcmp(f.text, "ready one two three") == 0);
	follow_end(&f);
}

TEST(trimmed_messages_are_a_gap)
{
	follow_open_ready(&f, 1);
	redis_publish("news", "one");
	TURN_UNTIL(strcmp(f.text, "ready one") == 0);
	redis_store("news", "two");
	redis_store("news", "three");
	redis_ask("XTRIM push:{news}:log MAXLEN = 0");
	redis_publish("news", "four");
	TURN_UNTIL(strcmp(f.text, "ready one gap four ready") == 0);
	follow_end(&f);
}

TEST(after_a_gap_the_messages_that_are_left_follow)
{
	follow_open_ready(&f, 1);
	redis_publish("news", "one");
	TURN_UNTIL(strcmp(f.text, "ready one") == 0);
	redis_store("news", "two");
	redis_store("news", "three");
	redis_ask("XTRIM push:{news}:log MAXLEN = 1");
	redis_publish("news", "four");
	TURN_UNTIL(strcmp(f.text, "ready one gap three four ready") == 0);
	follow_end(&f);
}

TEST(a_gap_names_the_tip_and_the_first_message_after_the_gap)
{
	struct id one, three;

	follow_open_ready(&f, 1);
	one = redis_publish("news", "one");
	TURN_UNTIL(strcmp(f.text, "ready one") == 0);
	redis_store("news", "two");
	three = redis_store("news", "three");
	redis_ask("XTRIM push:{news}:log MAXLEN = 1");
	redis_publish("news", "four");
	TURN_UNTIL(f.gaps == 1);
	ck_assert_int_eq(id_compare(f.gap.after, one), 0);
	ck_assert_int_eq(id_compare(f.gap.before, three), 0);
	follow_end(&f);
}

TEST(the_position_after_a_gap_is_the_last_lost_message)
{
	struct id two;

	follow_open_ready(&f, 1);
	redis_publish("news", "one");
	TURN_UNTIL(strcmp(f.text, "ready one") == 0);
	two = redis_store("news", "two");
	redis_store("news", "three");
	redis_ask("XTRIM push:{news}:log MAXLEN = 1");
	redis_publish("news", "four");
	TURN_UNTIL(f.gaps == 1);
	ck_assert_int_eq(id_compare(f.gap_position, two), 0);
	follow_end(&f);
}

TEST(recent_returns_the_messages_after_an_id_up_to_the_tip)
{
	struct message *const *recent;
	struct id one;
	size_t count;

	follow_open_ready(&f, 1);
	one = redis_publish("news", "one");
	redis_publish("news", "two");
	redis_publish("news", "three");
	TURN_UNTIL(strcmp(f.text, "ready one two three") == 0);
	recent = channel_recent(f.channel, one, &count);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(recent[0]->data.bytes, "two");
	ck_assert_str_eq(recent[1]->data.bytes, "three");
	recent = channel_recent(f.channel, channel_tip(f.channel), &count);
	ck_assert_ptr_nonnull(recent);
	ck_assert_uint_eq(count, 0);
	follow_end(&f);
}

TEST(recent_is_null_when_memory_does_not_hold_all)
{
	enum { ALL = 80, LAST = ALL - 1 };
	struct id ids[ALL];
	size_t count, held = 0;

	follow_open_ready(&f, 1);
	for (int i = 0; i < ALL; i++)
		ids[i] = redis_publish("news", "x");
	TURN_UNTIL(f.messages == ALL);
	for (int i = LAST; i >= 0; i--) {
		if (channel_recent(f.channel, ids[i], &count) == NULL)
			break;
		ck_assert_uint_eq(count, (size_t)(LAST - i));
		held = count;
	}
	ck_assert_uint_gt(held, 0);
	ck_assert_uint_lt(held, LAST);
	ck_assert_ptr_null(channel_recent(f.channel, ids[0], &count));
	follow_end(&f);
}

TEST(recent_is_null_for_an_id_before_a_gap)
{
	struct id one;
	size_t count;

	follow_open_ready(&f, 1);
	one = redis_publish("news", "one");
	TURN_UNTIL(f.messages == 1);
	redis_store("news", "two");
	redis_ask("XTRIM push:{news}:log MAXLEN = 0");
	redis_publish("news", "three");
	TURN_UNTIL(strstr(f.text, "three") != NULL);
	ck_assert_ptr_null(channel_recent(f.channel, one, &count));
	follow_end(&f);
}
