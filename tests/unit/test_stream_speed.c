/* SPDX-License-Identifier: MIT */
/* Streams that start while another process publishes as fast as it can. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fcgi/techniques.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"
#include "tests/unit/turn.h"

enum { MESSAGES = 2000, SUBSCRIBERS_MAX = 400, CURSOR_SIZE = 512, BURST = 10 };

struct joined {
	struct client *client;
	int next; /* the first number it must get; -1: any */
};

static struct joined joined[SUBSCRIBERS_MAX];
static size_t joined_count;
static pid_t publisher;
static int asked, leave; /* pipes from and to it: a byte a burst */
static int bursts_left;	 /* without one */

/* Numbers from 0 on, to the channels in turn, by a process of its own: as fast
 * as it can, but no more than a burst for each turn of ours, nor one that it
 * was late for, or a machine that lets it run alone would leave nothing to come
 * in between. */
static void
publish_numbers(const char *const *channels, size_t count)
{
	char data[16], byte = 'x';
	int asks[2], ends[2];

	ck_assert_int_eq(pipe2(asks, O_NONBLOCK) | pipe(ends), 0);
	asked = asks[0];
	leave = ends[1];
	bursts_left = MESSAGES / BURST;
	publisher = fork();
	ck_assert_int_ge(publisher, 0);
	if (publisher != 0) {
		close(asks[1]);
		close(ends[0]);
		return;
	}
	close(asks[0]);
	close(ends[1]);
	redis_server_connect();
	for (int i = 0; i < MESSAGES; i++) {
		if (i % BURST == 0 && (write(asks[1], &byte, 1) != 1 ||
				       read(ends[0], &byte, 1) != 1))
			_exit(1);
		snprintf(data, sizeof(data), "%d", i);
		redis_publish(channels[(size_t)i % count], data);
	}
	_exit(0);
}

static void
let_publish(void)
{
	char byte;

	if (bursts_left == 0 || read(asked, &byte, 1) != 1)
		return;
	bursts_left--;
	ck_assert_int_eq(write(leave, "x", 1), 1);
}

static void
turn_and_let_publish(void)
{
	turn_once("the last message");
	let_publish();
}

static void
open_all(void)
{
	redis_server_start();
	stage_conf(&technique_sse);
	stage.conf.history_length = 1000;
	stage_open();
}

static void
join(const char *channels, const char *since, int next)
{
	char query[CURSOR_SIZE + 256];

	ck_assert_uint_lt(joined_count, SUBSCRIBERS_MAX);
	snprintf(query, sizeof(query), "%s%s%s", channels,
		 since[0] ? "&since=" : "", since);
	joined[joined_count].client = stage_get(query);
	joined[joined_count++].next = next;
}

/* The number of the message at `at`, a "\ndata: "; -1: a cursor. */
static int
number_at(const char *at)
{
	at += strlen("\ndata: ");
	return at[0] == '{' ? -1 : atoi(at);
}

/* One of the last whole messages of `c` and the cursor after it: true. */
static bool
pick(const struct client *c, char cursor[CURSOR_SIZE], int *number)
{
	size_t from = c->len > 3000 ? c->len - (size_t)(rand() % 3000) : 1;
	const char *at = strstr(c->text + from - 1, "\ndata: "), *id;

	if (at == NULL || (id = strstr(at, "\nid: ")) == NULL ||
	    strstr(id, "\n\n") == NULL || number_at(at) < 0)
		return false;
	id += strlen("\nid: ");
	snprintf(cursor, CURSOR_SIZE, "%.*s", (int)strcspn(id, "\n"), id);
	*number = number_at(at);
	return true;
}

/* From its first number on it got all, or all of each `step`th. */
static void
assert_complete(const struct joined *j)
{
	const char *at = j->client->text;
	int want = j->next, got;

	ck_assert(!client_has(j->client, "event: gap"));
	while ((at = strstr(at, "\ndata: ")) != NULL) {
		got = number_at(at);
		at++;
		if (got < 0)
			continue;
		if (want < 0)
			want = got;
		ck_assert_int_eq(got, want);
		want++;
	}
	ck_assert_int_eq(want, MESSAGES);
}

static bool
all_have(const char *text)
{
	for (size_t i = 0; i < joined_count; i++)
		if (!client_has(joined[i].client, text))
			return false;
	return true;
}

static void
wait_for_publisher(void)
{
	int status;

	while (bursts_left > 0)
		turn_and_let_publish();
	TURN_UNTIL(waitpid(publisher, &status, WNOHANG) == publisher);
	ck_assert_int_eq(status, 0);
	close(asked);
	close(leave);
}

TEST(going_live_loses_and_repeats_no_message)
{
	static const char *const channels[] = {"news"};
	char cursor[CURSOR_SIZE];
	int number;

	open_all();
	join("channel=news", "0", 0);
	TURN_UNTIL(joined[0].client->len > 0);
	publish_numbers(channels, 1);
	while (!client_has(joined[0].client, "data: 1999\n")) {
		turn_and_let_publish();
		if (joined_count < SUBSCRIBERS_MAX / 2 &&
		    pick(joined[0].client, cursor, &number))
			join("channel=news", cursor, number + 1);
	}
	wait_for_publisher();
	ck_assert_uint_gt(joined_count, 10);
	TURN_UNTIL(all_have("data: 1999\n"));
	for (size_t i = 0; i < joined_count; i++)
		assert_complete(&joined[i]);
	stage_close();
}

TEST(without_a_cursor_no_message_after_the_start_is_lost)
{
	static const char *const channels[] = {"news"};

	open_all();
	join("channel=news", "", -1);
	TURN_UNTIL(client_has(joined[0].client, "cursor"));
	joined[0].next = 0;
	publish_numbers(channels, 1);
	while (!client_has(joined[0].client, "data: 1900\n")) {
		turn_and_let_publish();
		if (joined_count < SUBSCRIBERS_MAX / 2 && rand() % 4 == 0 &&
		    !client_has(joined[0].client, "data: 1500\n"))
			join("channel=news", "", -1);
	}
	wait_for_publisher();
	TURN_UNTIL(all_have("data: 1999\n"));
	ck_assert_uint_gt(joined_count, 5);
	for (size_t i = 0; i < joined_count; i++)
		assert_complete(&joined[i]);
	stage_close();
}

/* Of the numbers that leave `rest` when divided by 3, all from `first` on,
 * in order. */
static void
assert_complete_third(const struct client *c, int rest, int first)
{
	const char *at = c->text;
	int want = -1, got;

	while ((at = strstr(at, "\ndata: ")) != NULL) {
		got = number_at(at++);
		if (got < 0 || got % 3 != rest)
			continue;
		if (want >= 0)
			ck_assert_int_eq(got, want);
		else if (first >= 0)
			ck_assert_int_eq(got, first);
		want = got + 3;
	}
	ck_assert_int_ge(want, MESSAGES);
}

TEST(three_channels_are_complete_and_in_order)
{
	static const char *const channels[] = {"a", "b", "c"};
	static const char names[] = "channel=a&channel=b&channel=c";
	char cursor[CURSOR_SIZE];
	int number;

	open_all();
	join(names, "0", 0);
	TURN_UNTIL(joined[0].client->len > 0);
	publish_numbers(channels, 3);
	while (client_count(joined[0].client, "\ndata: ") < MESSAGES) {
		turn_and_let_publish();
		if (joined_count < SUBSCRIBERS_MAX / 4 &&
		    pick(joined[0].client, cursor, &number))
			join(names, cursor, number);
	}
	wait_for_publisher();
	ck_assert_uint_gt(joined_count, 10);
	TURN_UNTIL(all_have("data: 1997\n") && all_have("data: 1998\n") &&
		   all_have("data: 1999\n"));
	for (size_t i = 0; i < joined_count; i++) {
		const struct client *c = joined[i].client;
		int next = joined[i].next;

		ck_assert(!client_has(c, "event: gap"));
		for (int rest = 0; rest < 3; rest++)
			assert_complete_third(
			    c, rest, /* of its own channel it is known */
			    i == 0				      ? rest
			    : next % 3 == rest && next + 3 < MESSAGES ? next + 3
								      : -1);
	}
	stage_close();
}

TEST(a_subscriber_that_leaves_costs_the_others_no_message)
{
	static const char *const channels[] = {"news"};
	size_t left = 1;

	open_all();
	join("channel=news", "0", 0);
	TURN_UNTIL(joined[0].client->len > 0);
	publish_numbers(channels, 1);
	while (!client_has(joined[0].client, "data: 1999\n")) {
		turn_and_let_publish();
		if (joined_count < SUBSCRIBERS_MAX / 4)
			join("channel=news", "0", 0);
		if (rand() % 2 && left < joined_count)
			client_leave(joined[left++].client);
	}
	wait_for_publisher();
	ck_assert_uint_gt(left, 10);
	assert_complete(&joined[0]);
	stage_close();
}
