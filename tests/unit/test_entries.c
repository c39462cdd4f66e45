/* SPDX-License-Identifier: MIT */
/* shared/bus/entries.c, with a Redis of its own. */
#include "config.h"

#include "shared/bus/entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/stats/stats.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/turn.h"

enum { LIFE = 15 };

static struct conf conf;
static struct bus *bus;

/* What was read: the texts, separated by spaces. */
static struct {
	unsigned int calls;
	enum bus_status status;
	size_t count, bytes;
	bool is_cut;
	uint64_t now_ms;
	char texts[4096];
} got;

static void
note(void *arg, const struct entries *e)
{
	(void)arg;
	got.calls++;
	got.status = e->status;
	got.count = e->count;
	got.is_cut = e->is_cut;
	got.now_ms = e->now_ms;
	for (size_t i = 0; i < e->count; i++) {
		size_t at = strlen(got.texts);

		got.bytes += e->texts[i].len;
		snprintf(got.texts + at, sizeof(got.texts) - at, "%s%s",
			 at > 0 ? " " : "", e->texts[i].bytes);
	}
}

static void
read_all(void)
{
	memset(&got, 0, sizeof(got));
	ck_assert_ptr_nonnull(entries_read(bus, note, NULL));
	TURN_UNTIL(got.calls == 1);
}

static void
open_bus(const char *user)
{
	redis_server_conf(&conf, user, "");
	conf.bus_timeout = 60; /* s: 16 MB take long under valgrind */
	bus = bus_trace_open_plain(&conf);
	TURN_UNTIL(bus_is_up(bus));
}

static void
open_all(void)
{
	redis_server_start();
	open_bus("");
}

static void
close_all(void)
{
	bus_close(bus);
	turn_end();
}

/* An id of 16 digits, which ends with `number`. */
static const char *
id(unsigned int number)
{
	static char text[ENTRY_ID_SIZE];

	snprintf(text, sizeof(text), "%016x", number);
	return text;
}

static void
put(unsigned int number, const char *json)
{
	ck_assert(entries_write(bus, id(number), json, LIFE));
}

TEST(what_is_written_is_read_by_all_the_last_first)
{
	open_all();
	put(1, "{\"v\":1}");
	turn_for(0.01);
	put(2, "{\"v\":2}");
	read_all();
	ck_assert_int_eq(got.status, BUS_OK);
	ck_assert_str_eq(got.texts, "{\"v\":2} {\"v\":1}");
	ck_assert(!got.is_cut);
	close_all();
}

TEST(with_no_entry_nothing_is_read)
{
	open_all();
	read_all();
	ck_assert_int_eq(got.status, BUS_OK);
	ck_assert_uint_eq(got.count, 0);
	close_all();
}

TEST(an_entry_is_replaced_by_the_next)
{
	open_all();
	put(1, "old");
	put(1, "new");
	read_all();
	ck_assert_str_eq(got.texts, "new");
	close_all();
}

TEST(an_entry_and_the_index_expire)
{
	int ttl;

	open_all();
	put(1, "one");
	read_all();
	ttl = atoi(redis_ask("TTL push:entry:%s", id(1)));
	ck_assert_int_gt(ttl, 0);
	ck_assert_int_le(ttl, LIFE);
	ck_assert_int_gt(atoi(redis_ask("TTL push:entries")), LIFE);
	close_all();
}

TEST(an_entry_that_has_expired_is_not_read_and_leaves_the_index)
{
	open_all();
	put(1, "one");
	put(2, "two");
	read_all();
	redis_ask("DEL push:entry:%s", id(1));
	redis_ask("ZADD push:entries 1 %s", id(1));
	read_all();
	ck_assert_str_eq(got.texts, "two");
	ck_assert_str_eq(redis_ask("ZRANGE push:entries 0 -1"), id(2));
	close_all();
}

TEST(who_writes_prunes_the_index_too)
{
	open_all();
	redis_ask("ZADD push:entries 1 %s", id(1));
	put(2, "two");
	read_all();
	ck_assert_str_eq(redis_ask("ZRANGE push:entries 0 -1"), id(2));
	close_all();
}

TEST(an_entry_that_is_removed_is_gone_at_once)
{
	open_all();
	put(1, "one");
	ck_assert(entries_remove(bus, id(1)));
	read_all();
	ck_assert_uint_eq(got.count, 0);
	ck_assert_str_eq(redis_ask("KEYS *"), "");
	close_all();
}

TEST(more_than_a_page_is_read)
{
	char json[32];

	open_all();
	for (unsigned int i = 0; i < 200; i++) {
		snprintf(json, sizeof(json), "{%u}", i);
		put(i, json);
	}
	read_all();
	ck_assert_uint_eq(got.count, 200);
	ck_assert(!got.is_cut);
	close_all();
}

TEST(the_index_has_a_limit_and_so_has_what_is_read)
{
	open_all();
	redis_ask(
	    "EVAL %s 0",
	    "local now = redis.call('TIME')[1] * 1000 "
	    "for i = 1, 5000 do local id = string.format('%016x', i) "
	    "redis.call('SET', 'push:entry:' .. id, 'x') "
	    "redis.call('ZADD', 'push:entries', now + 60000 + i, id) end");
	read_all();
	ck_assert_uint_eq(got.count, ENTRIES_MAX);
	ck_assert(got.is_cut);
	put(9999, "one");
	read_all();
	ck_assert_int_eq(atoi(redis_ask("ZCARD push:entries")), ENTRIES_MAX);
	close_all();
}

TEST(the_bytes_that_are_read_have_a_limit)
{
	static char json[ENTRY_MAX + 2];

	open_all();
	memset(json, 'x', ENTRY_MAX);
	for (unsigned int i = 0; i < 300; i++)
		put(i, json);
	read_all();
	ck_assert_uint_le(got.bytes, ENTRIES_BYTES_MAX);
	ck_assert_uint_eq(got.count, ENTRIES_BYTES_MAX / ENTRY_MAX);
	ck_assert(got.is_cut);
	close_all();
}

TEST(an_entry_that_is_too_long_is_neither_written_nor_read)
{
	static char json[ENTRY_MAX + 2];

	open_all();
	memset(json, 'x', ENTRY_MAX + 1);
	ck_assert(!entries_write(bus, id(1), json, LIFE));
	put(2, "two");
	read_all();
	redis_ask("SET push:entry:%s %s", id(2), json);
	read_all();
	ck_assert_uint_eq(got.count, 0);
	ck_assert(got.is_cut);
	close_all();
}

TEST(what_others_put_into_the_index_is_no_id)
{
	open_all();
	put(1, "one");
	read_all();
	redis_ask("ZADD push:entries 99999999999999 x");
	redis_ask("ZADD push:entries 99999999999999 %s",
		  "../../../../../etc/passwd");
	redis_ask("ZADD push:entries 99999999999999 %b", "\0\0", (size_t)2);
	read_all();
	ck_assert_str_eq(got.texts, "one");
	close_all();
}

TEST(an_entry_of_another_type_is_passed_over)
{
	open_all();
	put(1, "one");
	put(2, "two");
	read_all();
	redis_ask("DEL push:entry:%s", id(1));
	redis_ask("LPUSH push:entry:%s x", id(1));
	read_all();
	ck_assert_str_eq(got.texts, "two");
	close_all();
}

TEST(an_index_of_another_type_is_an_error)
{
	open_all();
	redis_ask("SET push:entries x");
	read_all();
	ck_assert_int_eq(got.status, BUS_REFUSED);
	close_all();
}

TEST(redis_says_its_time)
{
	uint64_t now;

	open_all();
	stats.redis_ahead_ms = 1000 * 1000;
	put(1, "one");
	read_all();
	now = clock_unix_ms();
	ck_assert_int_lt(llabs((long long)stats.redis_ahead_ms), 1000);
	ck_assert_uint_le(got.now_ms, now + 1);
	ck_assert_uint_ge(got.now_ms + 5000, now);
	close_all();
}

TEST(who_may_not_write_entries_can_do_all_else)
{
	redis_server_start();
	redis_ask("ACL SETUSER reader on nopass ~* &* +@all -zadd");
	open_bus("reader:x@");
	put(1, "one");
	put(1, "one");
	read_all();
	ck_assert_int_eq(got.status, BUS_OK);
	ck_assert(bus_is_up(bus));
	/* a script is not undone: the text is there, and expires */
	ck_assert_uint_eq(got.count, 0);
	close_all();
}

TEST(who_may_only_read_reads_the_entries)
{
	redis_server_start();
	redis_ask("ACL SETUSER reader on nopass ~* &* +@all");
	open_bus("reader:x@");
	put(1, "one");
	read_all();
	redis_ask("ACL SETUSER reader -zremrangebyscore");
	read_all();
	ck_assert_str_eq(got.texts, "one");
	close_all();
}

TEST(while_redis_is_down_nothing_is_written_or_read)
{
	open_all();
	redis_server_kill();
	TURN_UNTIL(!bus_is_up(bus));
	ck_assert(!entries_write(bus, id(1), "one", LIFE));
	ck_assert_ptr_null(entries_read(bus, note, NULL));
	ck_assert(!entries_remove(bus, id(1)));
	redis_server_start();
	TURN_UNTIL(bus_is_up(bus));
	put(1, "one");
	read_all();
	ck_assert_str_eq(got.texts, "one");
	close_all();
}

TEST(a_question_that_redis_never_answers_ends)
{
	open_all();
	memset(&got, 0, sizeof(got));
	redis_server_freeze();
	ck_assert_ptr_nonnull(entries_read(bus, note, NULL));
	turn_for(0.05);
	bus_close(bus);
	ck_assert_uint_eq(got.calls, 1);
	ck_assert_int_eq(got.status, BUS_DOWN);
	turn_end();
}

TEST(a_question_that_was_cancelled_tells_nothing)
{
	open_all();
	put(1, "one");
	memset(&got, 0, sizeof(got));
	bus_cancel(entries_read(bus, note, NULL));
	turn_for(0.1);
	ck_assert_uint_eq(got.calls, 0);
	close_all();
}

TEST(ids_differ)
{
	char one[ENTRY_ID_SIZE], two[ENTRY_ID_SIZE];

	entry_id(one);
	entry_id(two);
	ck_assert_uint_eq(strlen(one), ENTRY_ID_SIZE - 1);
	ck_assert_str_ne(one, two);
}
