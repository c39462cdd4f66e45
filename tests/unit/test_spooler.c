/* SPDX-License-Identifier: MIT */
/* shared/spool/spooler.c */
#include "config.h"

#include <string.h>

#include "shared/conf/conf.h"
#include "shared/conf/conf_set.h"
#include "shared/spool/spooler.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/spool_want.h"
#include "tests/unit/turn.h"

TESTS_NEED_PROCESSES

static struct conf conf;
static struct spooler *spooler;
static char fault[CONF_ERROR_SIZE];

static void
open_spooler(void)
{
	redis_server_conf(&conf, "", "");
	conf_set_text(&conf.publish_spool, spool_path());
	spooler = spooler_open(turn_loop(), &conf, fault);
	ck_assert_ptr_nonnull(spooler);
}

static void
close_all(void)
{
	spooler_close(spooler);
	turn_end();
}

static void
assert_published(enum publish_status status, const char *data)
{
	struct publication publication =
	    bus_trace_publication("news", data, NULL);
	struct bus_trace_publish answer;

	memset(&answer, 0, sizeof(answer));
	spooler_publish(spooler, &publication, bus_trace_published, &answer);
	ck_assert_uint_eq(answer.calls, 0);
	TURN_UNTIL(answer.calls == 1);
	ck_assert_msg(answer.result.status == status, "%d: %s",
		      (int)answer.result.status, answer.reason);
}

TEST(a_message_is_stored)
{
	redis_server_start();
	open_spooler();
	assert_published(PUBLISHED_STORED, "one");
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "1");
	close_all();
}

TEST(without_redis_it_is_spooled)
{
	redis_server_prepare();
	open_spooler();
	assert_published(PUBLISHED_SPOOLED, "one");
	ck_assert_uint_eq(spool_count(), 1);
	close_all();
}

TEST(when_redis_is_back_the_spool_is_sent)
{
	redis_server_prepare();
	open_spooler();
	assert_published(PUBLISHED_SPOOLED, "one");
	redis_server_start();
	TURN_UNTIL(spool_count() == 0);
	ck_assert_str_eq(redis_ask("XLEN push:{news}:log"), "1");
	close_all();
}

TEST(many_results_come_in_the_order_of_the_calls)
{
	enum { MANY = 500 };
	static struct bus_trace_publish answer[MANY];
	struct publication publication =
	    bus_trace_publication("news", "hi", NULL);

	redis_server_start();
	open_spooler();
	for (int i = 0; i < MANY; i++)
		spooler_publish(spooler, &publication, bus_trace_published,
				&answer[i]);
	TURN_UNTIL(answer[MANY - 1].calls == 1);
	for (int i = 1; i < MANY; i++)
		ck_assert_int_lt(
		    id_compare(answer[i - 1].result.id, answer[i].result.id),
		    0);
	close_all();
}

TEST(each_call_has_its_result_when_it_is_closed)
{
	struct publication publication =
	    bus_trace_publication("news", "hi", NULL);
	struct bus_trace_publish answer;

	memset(&answer, 0, sizeof(answer));
	redis_server_start();
	open_spooler();
	for (int i = 0; i < 100; i++)
		spooler_publish(spooler, &publication, bus_trace_published,
				&answer);
	close_all();
	ck_assert_uint_eq(answer.calls, 100);
}

TEST(a_folder_that_cannot_be_opened_is_refused)
{
	redis_server_prepare();
	redis_server_conf(&conf, "", "");
	conf_set_text(&conf.publish_spool, "/nonexistent/a/b");
	ck_assert_ptr_null(spooler_open(turn_loop(), &conf, fault));
	ck_assert_ptr_nonnull(strstr(fault, "/nonexistent/a/b"));
	spooler = NULL;
	close_all();
}
