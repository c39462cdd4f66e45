/* SPDX-License-Identifier: MIT */
/* shared/spool/spool.c and flush.c, with a real Redis. */
#include "config.h"

#include "shared/model/cursor.h"
#include "shared/spool/spool.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/spool_want.h"
#include "tests/unit/turn.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TESTS_NEED_PROCESSES

static struct conf conf;
static struct spool spool;
static unsigned int flushes;
static enum spool_flush_end flush_end;

static void
flushed(void *arg, enum spool_flush_end end)
{
	(void)arg;
	flushes++;
	flush_end = end;
}

static void
open_spool(void)
{
	redis_server_conf(&conf, "", "");
	conf.bus_timeout = 2;
	ck_assert(spool_open(&spool, &conf, spool_path()));
	spool.bus = bus_trace_open_plain(&conf);
	spool.flushed = flushed;
	flushes = 0;
}

static void
close_all(void)
{
	bus_close(spool.bus);
	spool_close(&spool);
	turn_end();
}

static struct bus_trace_publish
publish(const char *channel, const char *data)
{
	struct publication publication =
	    bus_trace_publication(channel, data, NULL);
	struct bus_trace_publish answer;

	memset(&answer, 0, sizeof(answer));
	spool_publish(&spool, &publication, bus_trace_published, &answer);
	TURN_UNTIL(answer.calls == 1);
	return answer;
}

static void
assert_published(enum publish_status status, const char *channel,
		 const char *data)
{
	struct bus_trace_publish answer = publish(channel, data);

	ck_assert_msg(answer.result.status == status, "%d: %s",
		      (int)answer.result.status, answer.reason);
}

static void
send(enum spool_flush_end end)
{
	flushes = 0;
	spool_send(&spool);
	TURN_UNTIL(flushes == 1);
	ck_assert_int_eq(flush_end, end);
}

/* The data of the channel, joined. */
static const char *
stored(const char *channel)
{
	return redis_ask("EVAL %s 1 push:{%s}:log",
			 "local r = {} "
			 "for _, e in ipairs(redis.call('XRANGE', KEYS[1], "
			 "'-', '+')) do r[#r + 1] = e[2][6] end "
			 "return table.concat(r, ' ')",
			 channel);
}

/* Redis is away, and the bus knows. */
static void
open_without_redis(void)
{
	redis_server_prepare();
	open_spool();
	TURN_UNTIL(!bus_is_starting(spool.bus));
}

static void
start_redis(void)
{
	redis_server_start();
	TURN_UNTIL(bus_is_up(spool.bus));
}

TEST(while_redis_works_nothing_is_spooled)
{
	redis_server_start();
	open_spool();
	assert_published(PUBLISHED_STORED, "news", "one");
	ck_assert_str_eq(stored("news"), "one");
	ck_assert_str_eq(spool_names(""), "");
	close_all();
}

TEST(without_redis_messages_are_spooled)
{
	open_without_redis();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	assert_published(PUBLISHED_SPOOLED, "news", "two");
	ck_assert_uint_eq(spool_count(), 2);
	close_all();
}

TEST(the_first_attempt_to_connect_is_waited_for)
{
	redis_server_prepare();
	open_spool();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	close_all();
}

TEST(messages_are_sent_in_order_and_once)
{
	open_without_redis();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	assert_published(PUBLISHED_SPOOLED, "chat", "a");
	assert_published(PUBLISHED_SPOOLED, "news", "two");
	start_redis();
	send(SPOOL_FLUSH_EMPTY);
	ck_assert_uint_eq(spool.flush.sent_count, 3);
	send(SPOOL_FLUSH_EMPTY);
	ck_assert_uint_eq(spool.flush.sent_count, 0);
	ck_assert_str_eq(stored("news"), "one two");
	ck_assert_str_eq(stored("chat"), "a");
	ck_assert_str_eq(spool_names(""), "");
	close_all();
}

TEST(many_messages_keep_their_order)
{
	char want[4096] = "", data[16];

	open_without_redis();
	for (int i = 0; i < 3 * SPOOL_BATCH + 1; i++) {
		snprintf(data, sizeof(data), "%s%d", i > 0 ? " " : "", i);
		strcat(want, data);
		spool_add(&spool.folder, "news", data + (i > 0));
	}
	start_redis();
	send(SPOOL_FLUSH_EMPTY);
	ck_assert_str_eq(stored("news"), want);
	close_all();
}

TEST(a_publication_goes_behind_the_spooled_ones_of_its_channel)
{
	open_without_redis();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	start_redis();
	assert_published(PUBLISHED_STORED, "news", "two");
	ck_assert_str_eq(stored("news"), "one two");
	close_all();
}

TEST(a_publication_to_another_channel_sends_the_spool_too)
{
	open_without_redis();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	start_redis();
	assert_published(PUBLISHED_STORED, "chat", "a");
	TURN_UNTIL(!spool_is_sending(&spool));
	ck_assert_str_eq(stored("news"), "one");
	close_all();
}

TEST(an_unknown_message_is_stored_once)
{
	redis_server_start();
	open_spool();
	TURN_UNTIL(bus_is_up(spool.bus));
	redis_server_freeze();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	redis_server_thaw();
	TURN_UNTIL(bus_is_up(spool.bus));
	send(SPOOL_FLUSH_EMPTY);
	ck_assert_str_eq(stored("news"), "one");
	ck_assert_str_eq(spool_names(""), "");
	close_all();
}

TEST(a_full_spool_gives_the_result_as_without_one)
{
	struct bus_trace_publish answer;

	open_without_redis();
	conf.publish_spool_max = 4096;
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	answer = publish("chat", "a");
	ck_assert_int_eq(answer.result.status, PUBLISHED_NOT_STORED);
	ck_assert(answer.result.temporary);
	ck_assert_ptr_nonnull(
	    strstr(answer.reason, "Redis cannot be reached: /"));
	assert_published(PUBLISHED_NOT_STORED, "news", "two");
	ck_assert_uint_eq(spool_count(), 1);
	close_all();
}

TEST(a_refused_message_is_not_spooled)
{
	redis_server_start();
	redis_ask("SET push:{news}:log x");
	open_spool();
	assert_published(PUBLISHED_NOT_STORED, "news", "one");
	ck_assert_str_eq(spool_names(""), "");
	close_all();
}

TEST(a_message_without_memory_in_redis_is_spooled)
{
	redis_server_start();
	redis_ask("CONFIG SET maxmemory 1");
	open_spool();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	send(SPOOL_FLUSH_STOPPED);
	ck_assert_ptr_nonnull(strstr(spool.flush.reason, "OOM"));
	redis_ask("CONFIG SET maxmemory 0");
	send(SPOOL_FLUSH_EMPTY);
	ck_assert_str_eq(stored("news"), "one");
	close_all();
}

TEST(a_refusal_for_a_time_leaves_no_mark)
{
	redis_server_start();
	redis_ask("CONFIG SET maxmemory 1");
	open_spool();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	send(SPOOL_FLUSH_STOPPED);
	ck_assert_str_eq(spool_names(""), "0-3baa0033770-0.msg");
	close_all();
}

TEST(a_torn_file_is_set_aside_and_the_others_are_sent)
{
	open_without_redis();
	assert_published(PUBLISHED_SPOOLED, "news", "torn");
	spool_tear();
	assert_published(PUBLISHED_SPOOLED, "news", "two");
	start_redis();
	send(SPOOL_FLUSH_EMPTY);
	ck_assert_uint_eq(spool.flush.aside_count, 1);
	ck_assert_str_eq(stored("news"), "two");
	ck_assert_str_eq(spool_names("aside"), "0-3baa0033770-0.msg");
	close_all();
}

TEST(a_refused_channel_remains_and_the_others_are_sent)
{
	open_without_redis();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	assert_published(PUBLISHED_SPOOLED, "chat", "a");
	assert_published(PUBLISHED_SPOOLED, "news", "two");
	start_redis();
	redis_ask("SET push:{news}:log x");
	send(SPOOL_FLUSH_STOPPED);
	ck_assert_ptr_nonnull(strstr(spool.flush.reason, "WRONGTYPE"));
	ck_assert_uint_eq(spool.flush.aside_count, 0);
	ck_assert_str_eq(stored("chat"), "a");
	ck_assert_str_eq(spool_names(""),
			 "0-3baa0033770-0.msg 1-3baa0033770-0.msg");
	redis_ask("DEL push:{news}:log");
	send(SPOOL_FLUSH_EMPTY);
	ck_assert_str_eq(stored("news"), "one two");
	close_all();
}

TEST(what_an_acl_refuses_is_sent_when_it_is_allowed)
{
	open_without_redis();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	start_redis();
	redis_ask("ACL SETUSER default -set");
	send(SPOOL_FLUSH_STOPPED);
	ck_assert_ptr_nonnull(strstr(spool.flush.reason, "NOPERM"));
	redis_ask("ACL SETUSER default +set");
	send(SPOOL_FLUSH_EMPTY);
	ck_assert_uint_eq(spool.flush.aside_count, 0);
	ck_assert_str_eq(stored("news"), "one");
	close_all();
}

/* More channels than are remembered. */
TEST(after_too_many_refused_channels_nothing_more_is_sent)
{
	char name[16];

	open_without_redis();
	for (int i = 0; i <= SPOOL_REFUSED_MAX; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		assert_published(PUBLISHED_SPOOLED, name, "x");
	}
	start_redis();
	redis_ask("ACL SETUSER default -set");
	send(SPOOL_FLUSH_STOPPED);
	redis_ask("ACL SETUSER default +set");
	send(SPOOL_FLUSH_EMPTY);
	ck_assert_uint_eq(spool.flush.sent_count, SPOOL_REFUSED_MAX + 1);
	close_all();
}

static void
mark_first(uint64_t tried_ms)
{
	struct spool_entries entries = {NULL, 0, 0};

	ck_assert(spool_folder_list(&spool.folder, &entries));
	ck_assert(spool_folder_mark(&spool.folder, &entries.at[0], tried_ms));
	free(entries.at);
}

TEST(a_message_unknown_for_half_of_key_ttl_is_set_aside)
{
	open_without_redis();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	start_redis();
	mark_first(spool_now_ms() - conf.publish_key_ttl * 500ull - 1000);
	send(SPOOL_FLUSH_EMPTY);
	ck_assert_uint_eq(spool.flush.aside_count, 1);
	ck_assert_str_eq(redis_ask("EXISTS push:{news}:log"), "0");
	close_all();
}

TEST(a_message_unknown_for_less_is_sent)
{
	open_without_redis();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	start_redis();
	mark_first(spool_now_ms() - conf.publish_key_ttl * 500ull + 60000);
	send(SPOOL_FLUSH_EMPTY);
	ck_assert_str_eq(stored("news"), "one");
	close_all();
}

TEST(another_process_that_sends_is_not_disturbed)
{
	struct spool_folder other;

	open_without_redis();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	start_redis();
	ck_assert(spool_folder_open(&other, spool_path()));
	ck_assert_int_eq(spool_folder_claim(&other), SPOOL_CLAIMED);
	send(SPOOL_FLUSH_ELSEWHERE);
	assert_published(PUBLISHED_SPOOLED, "news", "two");
	spool_folder_close(&other);
	send(SPOOL_FLUSH_EMPTY);
	ck_assert_str_eq(stored("news"), "one two");
	close_all();
}

/* As one of another user. */
TEST(a_lock_that_cannot_be_opened_is_said)
{
	char lock[256];

	open_without_redis();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	start_redis();
	snprintf(lock, sizeof(lock), "%s/flush.lock", spool_path());
	ck_assert_int_eq(mkdir(lock, 0700), 0);
	send(SPOOL_FLUSH_STOPPED);
	ck_assert_ptr_nonnull(strstr(spool.flush.reason, "flush.lock: "));
	ck_assert_int_eq(rmdir(lock), 0);
	send(SPOOL_FLUSH_EMPTY);
	close_all();
}

TEST(a_bus_that_is_closed_leaves_what_was_being_sent)
{
	open_without_redis();
	assert_published(PUBLISHED_SPOOLED, "news", "one");
	start_redis();
	spool_send(&spool);
	ck_assert(spool_is_sending(&spool));
	close_all();
	ck_assert_uint_eq(spool_count(), 1);
}
