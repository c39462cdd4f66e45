/* SPDX-License-Identifier: MIT */
/* shared/bus/history.c: how many reads of history are under way, and how many
 * messages each command asks for. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/buf.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/fake_redis.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

enum { READS = 12, SMALL = 100, LARGE = 60000, REPLY_MAX = 2 << 20 };

static struct conf conf;
static struct bus *bus;
static struct bus_call *calls[READS];
static char order[READS + 1]; /* of the answers: a, b, ... */
static enum bus_status statuses[READS];
static size_t counts[READS]; /* messages of the page */
static struct id end;
static size_t largest; /* for ask() */

static void
open_up(void)
{
	fake_redis_open(&conf);
	bus = bus_trace_open_plain(&conf);
	TURN_UNTIL(bus_is_up(bus));
	fake_redis_answer("XRANGE", "");
	fake_redis_answer("XREVRANGE", "");
}

static void
close_all(void)
{
	bus_close(bus);
	fake_redis_close();
	turn_end();
}

static void
came(void *arg, const struct bus_page *page)
{
	size_t i = (size_t)((const char *)arg - (const char *)calls);

	order[strlen(order)] = (char)('a' + i);
	statuses[i] = page->status;
	counts[i] = page->count;
	end = page->end;
}

/* Read i is of channel a, b, ... */
static void
ask(size_t i, unsigned int limit, bool urgent)
{
	const char channel[] = {(char)('a' + i), '\0'};
	const struct bus_range range = {.channel = channel,
					.through = {9999, 0},
					.limit = limit,
					.largest = largest,
					.urgent = urgent};

	calls[i] = bus_history(bus, &range, came, (char *)calls + i);
	ck_assert_ptr_nonnull(calls[i]);
}

static void
ask_all(void)
{
	for (size_t i = 0; i < READS; i++)
		ask(i, 1000, false);
}

/* The channels of all commands so far, in order. */
static const char *
asked(void)
{
	static char channels[64];
	const char *at = fake_redis.got;
	size_t n = 0;

	while ((at = strstr(at, "RANGE push:{")) != NULL) {
		at += strlen("RANGE push:{");
		channels[n++] = *at;
	}
	channels[n] = '\0';
	return channels;
}

/* The counts that all commands so far ask for: "4 4 8 ". */
static const char *
asked_for(void)
{
	static char text[256];
	const char *at = fake_redis.got;
	size_t len = 0;
	int count;

	text[0] = '\0';
	while ((at = strstr(at, "COUNT ")) != NULL) {
		ck_assert_int_eq(sscanf(at, "COUNT %d", &count), 1);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%d ",
					count);
		at++;
	}
	return text;
}

/* Answers with the entries first-0 to last-0, each with `size` bytes of data.
 */
static void
answer(unsigned int first, unsigned int last, size_t size)
{
	static char data[LARGE * 6];
	struct buf out;
	char line[200], id[16], prev[16];

	memset(data, 'x', sizeof(data));
	buf_init(&out, REPLY_MAX);
	snprintf(line, sizeof(line), "*%u\r\n", last + 1 - first);
	buf_puts(&out, line);
	for (unsigned int i = first; i <= last; i++) {
		snprintf(id, sizeof(id), "%u-0", i);
		snprintf(prev, sizeof(prev), "%u-0", i - 1);
		snprintf(line, sizeof(line),
			 "*2\r\n$%zu\r\n%s\r\n*6\r\n$1\r\np\r\n$%zu\r\n%s\r\n"
			 "$1\r\ne\r\n$0\r\n\r\n$1\r\nd\r\n$%zu\r\n",
			 strlen(id), id, strlen(prev), prev, size);
		buf_puts(&out, line);
		buf_put(&out, data, size);
		buf_puts(&out, "\r\n");
	}
	fake_redis_say("XRANGE", (const char *)out.bytes, out.len);
	buf_free(&out);
}

TEST(eight_reads_are_under_way_and_the_others_follow_in_order)
{
	open_up();
	ask_all();
	TURN_UNTIL(strlen(asked()) >= 8);
	turn_for(0.02);
	ck_assert_str_eq(asked(), "abcdefgh");
	fake_redis_say("XRANGE", "*0\r\n*0\r\n", 8);
	TURN_UNTIL(strlen(asked()) == 10);
	ck_assert_str_eq(asked(), "abcdefghij");
	ck_assert_str_eq(order, "ab");
	fake_redis_say("XRANGE", "*0\r\n*0\r\n", 8);
	TURN_UNTIL(strlen(asked()) == READS);
	for (int i = 0; i < 8; i++)
		fake_redis_say("XRANGE", "*0\r\n", 4);
	TURN_UNTIL(strlen(order) == READS);
	ck_assert_str_eq(order, "abcdefghijkl");
	close_all();
}

TEST(a_read_that_is_cancelled_while_it_waits_is_not_sent)
{
	open_up();
	ask_all();
	bus_cancel(calls[8]);
	bus_cancel(calls[10]);
	TURN_UNTIL(strlen(asked()) == 8);
	for (size_t i = 0; i < READS - 2; i++) {
		fake_redis_say("XRANGE", "*0\r\n", 4);
		TURN_UNTIL(strlen(order) == i + 1);
		TURN_UNTIL(strlen(asked()) == (i < 2 ? 9 + i : 10));
	}
	ck_assert_str_eq(asked(), "abcdefghjl");
	ck_assert_str_eq(order, "abcdefghjl");
	close_all();
}

TEST(a_read_that_is_cancelled_on_its_way_keeps_its_place_until_it_is_answered)
{
	open_up();
	ask_all();
	TURN_UNTIL(strlen(asked()) == 8);
	bus_cancel(calls[0]);
	turn_for(0.02);
	ck_assert_str_eq(asked(), "abcdefgh");
	answer(1, 4, SMALL);
	TURN_UNTIL(strlen(asked()) == 9);
	ck_assert_str_eq(asked(), "abcdefghi"); /* no second command of a */
	ck_assert_str_eq(order, "");
	close_all();
}

TEST(an_urgent_read_goes_before_those_that_wait)
{
	open_up();
	for (size_t i = 0; i < READS - 1; i++)
		ask(i, 1000, false);
	ask(READS - 1, 1000, true);
	TURN_UNTIL(strlen(asked()) == 8);
	fake_redis_say("XRANGE", "*0\r\n", 4);
	TURN_UNTIL(strlen(asked()) == 9);
	ck_assert_str_eq(asked(), "abcdefghl");
	close_all();
}

TEST(all_reads_end_when_redis_goes_down_those_that_wait_too)
{
	open_up();
	ask_all();
	TURN_UNTIL(strlen(asked()) == 8);
	fake_redis_hang_up("XRANGE");
	TURN_UNTIL(strlen(order) == READS);
	for (size_t i = 0; i < READS; i++)
		ck_assert_int_eq(statuses[i], BUS_DOWN);
	close_all();
}

TEST(all_reads_end_when_the_bus_is_closed)
{
	open_up();
	ask_all();
	close_all();
	ck_assert_uint_eq(strlen(order), READS);
}

TEST(the_first_command_asks_for_256_kb_of_the_largest_messages)
{
	open_up();
	ask(0, 1000, false);
	TURN_UNTIL(strcmp(asked_for(), "4 ") == 0);
	close_all();
}

TEST(messages_of_1_mb_are_asked_for_one_by_one)
{
	open_up();
	conf.message_max_bytes = 1024 * 1024;
	ask(0, 1000, false);
	TURN_UNTIL(strcmp(asked_for(), "1 ") == 0);
	answer(1, 1, 5 * LARGE); /* alone above 256 KB */
	TURN_UNTIL(order[0] == 'a');
	ck_assert_uint_eq(counts[0], 1);
	ck_assert_uint_eq(end.ms, 1);
	ck_assert_str_eq(asked_for(), "1 ");
	close_all();
}

TEST(of_small_messages_a_command_asks_for_4_mb_of_the_largest)
{
	open_up();
	ask(0, 150, false);
	TURN_UNTIL(strcmp(asked_for(), "4 ") == 0);
	answer(1, 4, SMALL);
	TURN_UNTIL(strcmp(asked_for(), "4 64 ") == 0);
	answer(5, 68, SMALL);
	TURN_UNTIL(strcmp(asked_for(), "4 64 64 ") == 0);
	answer(69, 132, SMALL); /* then what the limit leaves */
	TURN_UNTIL(strcmp(asked_for(), "4 64 64 18 ") == 0);
	answer(133, 150, SMALL);
	TURN_UNTIL(order[0] == 'a');
	ck_assert_uint_eq(counts[0], 150);
	ck_assert_uint_eq(end.ms, 150);
	close_all();
}

TEST(the_largest_message_seen_counts_from_the_first_command_on)
{
	open_up();
	largest = SMALL;
	ask(0, 1000, false);
	TURN_UNTIL(strcmp(asked_for(), "64 ") == 0);
	largest = LARGE / 3;
	ask(1, 1000, false);
	TURN_UNTIL(strcmp(asked_for(), "64 13 ") == 0);
	conf.message_max_bytes = 1024 * 1024;
	largest = SMALL;
	ask(2, 1000, false);
	TURN_UNTIL(strcmp(asked_for(), "64 13 32 ") == 0);
	conf.message_max_bytes = 100;
	ask(3, 5000, false);
	TURN_UNTIL(strcmp(asked_for(), "64 13 32 1000 ") == 0);
	close_all();
}

TEST(a_page_ends_before_the_message_for_which_it_has_no_room)
{
	open_up();
	ask(0, 1000, false);
	TURN_UNTIL(strcmp(asked_for(), "4 ") == 0);
	answer(1, 4, LARGE);
	TURN_UNTIL(order[0] == 'a');
	ck_assert_str_eq(asked_for(), "4 ");
	ck_assert_uint_eq(counts[0], 4);
	ck_assert_uint_eq(end.ms, 4);
	ask(1, 1000, false);
	TURN_UNTIL(strcmp(asked_for(), "4 4 ") == 0);
	answer(1, 4, SMALL);
	TURN_UNTIL(strcmp(asked_for(), "4 4 64 ") == 0);
	answer(5, 68, LARGE / 4); /* they have grown */
	TURN_UNTIL(order[1] == 'b');
	ck_assert_str_eq(asked_for(), "4 4 64 ");
	ck_assert_uint_eq(counts[1], 4 + 17);
	ck_assert_uint_eq(end.ms, 4 + 17);
	close_all();
}

TEST(a_page_ends_where_fewer_messages_come_than_were_asked_for)
{
	open_up();
	ask(0, 1000, false);
	TURN_UNTIL(strcmp(asked_for(), "4 ") == 0);
	answer(1, 3, SMALL);
	TURN_UNTIL(order[0] == 'a');
	ck_assert_uint_eq(counts[0], 3);
	ck_assert_uint_eq(end.ms, 9999);
	close_all();
}

TEST(an_entry_without_an_id_ends_the_page_where_it_was_asked_to)
{
	open_up();
	ask(0, 1000, false);
	TURN_UNTIL(strcmp(asked_for(), "4 ") == 0);
	fake_redis_say("XRANGE", "*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n", 20);
	TURN_UNTIL(order[0] == 'a');
	ck_assert_uint_eq(counts[0], 0);
	ck_assert_uint_eq(end.ms, 9999);
	close_all();
}
