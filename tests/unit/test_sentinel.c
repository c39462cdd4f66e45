/* SPDX-License-Identifier: MIT */
/* shared/bus/sentinel.c, with a fake Sentinel; and what redis_conn.c does with
 * the master it names, with a fake Redis */
#include "config.h"

#include "shared/bus/sentinel.h"

#include <stdio.h>
#include <string.h>

#include "shared/bus/redis_conn.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/fake_redis.h"
#include "tests/unit/redis_trace.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

static const char MASTER_1[] = "*2\r\n$9\r\n127.0.0.5\r\n$4\r\n6379\r\n";
static const char MASTER_2[] = "*2\r\n$9\r\n127.0.0.6\r\n$4\r\n6380\r\n";
static const char IS_MASTER[] = "*1\r\n$6\r\nmaster\r\n";
static const char IS_REPLICA[] = "*1\r\n$5\r\nslave\r\n";

static struct {
	struct conf conf;
	struct sentinel *sentinel;
	size_t named, failed;
	char master[200];
	char reason[400];
} t;

static void
set(const char *name, const char *value)
{
	char expected[CONF_EXPECTED_SIZE];

	for (size_t i = 0; i < CONF_SETTINGS; i++)
		if (strcmp(conf_settings[i].name, name) == 0)
			ck_assert(conf_set(&t.conf, &conf_settings[i], value,
					   expected));
}

static void
named(void *arg, const struct redis_url *url)
{
	ck_assert_ptr_eq(arg, &t);
	t.named++;
	snprintf(t.master, sizeof(t.master), "%.40s:%.40s@%.80s:%u/%u",
		 url->user, url->password, url->host, url->port, url->db);
}

static void
failed(void *arg, const char *reason)
{
	ck_assert_ptr_eq(arg, &t);
	t.failed++;
	snprintf(t.reason, sizeof(t.reason), "%s", reason);
}

static const struct sentinel_handler handler = {.master = named,
						.failed = failed};

/* A fake Sentinel that answers so, and others of bus.sentinel. */
static void
open_sentinel(const char *answer, const char *others)
{
	char list[100];

	conf_free_texts(&t.conf);
	fake_redis_open(&t.conf);
	fake_redis_answer("SENTINEL", answer);
	snprintf(list, sizeof(list), "watch:dog@127.0.0.1:%u%s",
		 fake_redis.port, others);
	set("bus.url", "redis://app:secret@unused.invalid:1/7");
	set("bus.sentinel", list);
	set("bus.master", "pushes");
	t.sentinel = sentinel_open(turn_loop(), &t.conf, &handler, &t);
}

static void
close_sentinel(void)
{
	sentinel_close(t.sentinel);
	fake_redis_close();
	turn_end();
}

TEST(it_is_asked_for_the_master_with_its_own_login)
{
	open_sentinel(MASTER_1, "");
	TURN_UNTIL(t.named == 1);
	ck_assert_ptr_nonnull(strstr(fake_redis.got, "AUTH watch dog ;"));
	ck_assert_ptr_nonnull(strstr(
	    fake_redis.got, "SENTINEL get-master-addr-by-name pushes ;"));
	ck_assert_ptr_null(strstr(fake_redis.got, "SELECT"));
	ck_assert_ptr_null(strstr(fake_redis.got, "ROLE"));
	close_sentinel();
}

TEST(the_master_has_the_login_and_database_of_bus_url)
{
	open_sentinel(MASTER_1, "");
	TURN_UNTIL(t.named == 1);
	ck_assert_str_eq(t.master, "app:secret@127.0.0.5:6379/7");
	close_sentinel();
}

TEST(a_master_is_named_again_only_when_it_changes)
{
	open_sentinel(MASTER_1, "");
	TURN_UNTIL(t.named == 1);
	turn_for(1.2);
	ck_assert_uint_eq(t.named, 1);
	fake_redis_answer("SENTINEL", MASTER_2);
	TURN_UNTIL(t.named == 2);
	ck_assert_str_eq(t.master, "app:secret@127.0.0.6:6380/7");
	ck_assert_uint_eq(fake_redis.accepted, 1);
	close_sentinel();
}

TEST(another_sentinel_is_asked_when_one_is_away)
{
	open_sentinel(MASTER_1, ",127.0.0.1:1,127.0.0.1:1");
	TURN_UNTIL(t.named == 1);
	close_sentinel();
}

TEST(another_sentinel_is_asked_when_one_does_not_answer)
{
	open_sentinel("", "");
	TURN_UNTIL(fake_redis.accepted == 2);
	fake_redis_answer("SENTINEL", MASTER_1);
	TURN_UNTIL(t.named == 1);
	close_sentinel();
}

TEST(it_fails_when_all_have_failed)
{
	open_sentinel("*-1\r\n", ",127.0.0.1:1");
	TURN_UNTIL(t.failed == 1);
	ck_assert_uint_eq(t.named, 0);
	TURN_UNTIL(t.failed == 2);
	close_sentinel();
}

static void
assert_fails(const char *answer, const char *want)
{
	t.failed = 0;
	open_sentinel(answer, "");
	TURN_UNTIL(t.failed == 1);
	ck_assert_msg(strstr(t.reason, want) != NULL, "%s", t.reason);
	ck_assert_uint_eq(t.named, 0);
	close_sentinel();
}

TEST(what_is_no_address_is_a_failure)
{
	assert_fails("*-1\r\n", "it does not know bus.master");
	assert_fails("-IDONTKNOW who\r\n", "IDONTKNOW who");
	assert_fails("+OK\r\n", "it does not know bus.master");
	assert_fails("*1\r\n$1\r\na\r\n", "it does not know bus.master");
	assert_fails("*2\r\n$0\r\n\r\n$1\r\n1\r\n", "it does not know");
	assert_fails("*2\r\n$1\r\na\r\n$1\r\n0\r\n", "it does not know");
	assert_fails("*2\r\n$1\r\na\r\n$5\r\n65536\r\n", "it does not know");
	assert_fails("*2\r\n$1\r\na\r\n*0\r\n", "it does not know");
}

/* --- the connection to the master ----------------------------------------- */

static struct redis_url master;

/* Nothing is connected yet. */
static void
open_master(const char *role)
{
	fake_redis_open(&trace.conf);
	fake_redis_answer("ROLE", role);
	master = trace.conf.redis;
	ck_assert_ptr_null(
	    sentinel_list_parse(&trace.conf.sentinel, "127.0.0.1:1"));
	open_conf();
}

static void
close_master(void)
{
	redis_conn_close(trace.conn);
	fake_redis_close();
	turn_end();
}

TEST(nothing_is_connected_before_the_master_is_named)
{
	open_master(IS_MASTER);
	turn_for(0.1);
	ck_assert_uint_eq(fake_redis.accepted, 0);
	ck_assert_uint_eq(trace.downs, 0);
	redis_conn_set_master(trace.conn, &master);
	TURN_UNTIL(trace.ups == 1);
	close_master();
}

TEST(an_attempt_fails_when_no_sentinel_names_a_master)
{
	open_master(IS_MASTER);
	turn_for(0.01);
	redis_conn_without_master(trace.conn, "127.0.0.1:1: gone");
	TURN_UNTIL(trace.downs == 1);
	ck_assert_str_eq(trace.reason, "Sentinel: 127.0.0.1:1: gone");
	redis_conn_set_master(trace.conn, &master);
	TURN_UNTIL(trace.ups == 1);
	close_master();
}

TEST(a_replica_is_not_used)
{
	open_master(IS_REPLICA);
	redis_conn_set_master(trace.conn, &master);
	TURN_UNTIL(trace.downs == 1);
	ck_assert_ptr_nonnull(strstr(trace.reason, "it is a replica"));
	ck_assert_uint_eq(trace.ups, 0);
	fake_redis_answer("ROLE", IS_MASTER);
	TURN_UNTIL(trace.ups == 1);
	close_master();
}

TEST(a_server_whose_role_is_unreadable_is_not_used)
{
	open_master("*0\r\n");
	redis_conn_set_master(trace.conn, &master);
	TURN_UNTIL(trace.downs == 1);
	ck_assert_uint_eq(trace.ups, 0);
	close_master();
}

TEST(an_acl_may_forbid_role)
{
	open_master("-NOPERM no permission\r\n");
	redis_conn_set_master(trace.conn, &master);
	TURN_UNTIL(trace.ups == 1);
	close_master();
}

TEST(a_replaced_master_is_given_up_at_once)
{
	struct redis_url other;

	open_master(IS_MASTER);
	redis_conn_set_master(trace.conn, &master);
	TURN_UNTIL(trace.ups == 1);
	other = master;
	strcpy(other.host, "localhost");
	redis_conn_set_master(trace.conn, &other);
	TURN_UNTIL(trace.downs == 1);
	ck_assert_ptr_nonnull(
	    strstr(trace.reason, "Sentinel names another master"));
	TURN_UNTIL(trace.ups == 2);
	close_master();
}
