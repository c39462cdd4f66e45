/* SPDX-License-Identifier: MIT */
/* shared/bus/script.c */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/bus/script.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/redis_trace.h"
#include "tests/unit/turn.h"

static const char text[] = "return KEYS[1] .. #KEYS .. ARGV[1] .. #ARGV";

static struct script script;
static unsigned int answers;
static char answer[64];

static void
start(const char *user)
{
	open_up(user, "");
	script_init(&script, trace.conn, text);
}

static void
load(void)
{
	script_load(&script);
	TURN_UNTIL(script.hash[0] != '\0');
}

static void
answered(void *arg, const struct redis_reply *reply)
{
	(void)arg;
	answers++;
	snprintf(answer, sizeof(answer), "%s",
		 reply == NULL ? "null"
		 : redis_reply_error(reply) != NULL
		     ? redis_reply_error(reply)
		     : redis_reply_string(reply).bytes);
}

static bool
run(const char *arg)
{
	const char *keys[] = {"k", "l", NULL}, *args[] = {arg, "b", "c", NULL};

	return script_run(&script, &(struct script_input){keys, args}, answered,
			  NULL);
}

static void
assert_runs(const char *arg, const char *want)
{
	unsigned int before = answers;

	ck_assert(run(arg));
	TURN_UNTIL(answers > before);
	ck_assert_str_eq(answer, want);
}

TEST(a_script_gets_its_keys_and_arguments)
{
	redis_server_start();
	start("");
	load();
	assert_runs("a", "k2a3");
	close_all();
}

TEST(a_script_runs_before_it_is_loaded)
{
	redis_server_start();
	start("");
	assert_runs("a", "k2a3");
	close_all();
}

TEST(a_loaded_script_is_called_by_its_hash)
{
	redis_server_start();
	start("");
	load();
	assert_runs("a", "k2a3");
	ck_assert_ptr_null(
	    strstr(redis_ask("INFO commandstats"), "cmdstat_eval:"));
	close_all();
}

TEST(a_script_that_redis_forgot_runs_and_is_loaded_again)
{
	redis_server_start();
	start("");
	load();
	redis_ask("SCRIPT FLUSH");
	assert_runs("a", "k2a3");
	TURN_UNTIL(script.hash[0] != '\0');
	redis_ask("CONFIG RESETSTAT");
	assert_runs("b", "k2b3");
	ck_assert_ptr_nonnull(
	    strstr(redis_ask("INFO commandstats"), "cmdstat_evalsha:calls=1"));
	close_all();
}

TEST(each_of_many_calls_of_a_forgotten_script_runs_once)
{
	redis_server_start();
	start("");
	load();
	redis_ask("SCRIPT FLUSH");
	for (int i = 0; i < 10; i++)
		ck_assert(run("a"));
	TURN_UNTIL(answers == 10);
	ck_assert_str_eq(answer, "k2a3");
	close_all();
}

TEST(a_user_who_may_not_load_scripts_runs_them)
{
	redis_server_start();
	redis_ask("ACL SETUSER bob on >secret ~* &* +@all -script");
	start("bob:secret@");
	script_load(&script);
	assert_runs("a", "k2a3");
	assert_runs("b", "k2b3");
	close_all();
}

TEST(the_error_of_a_script_is_its_reply)
{
	redis_server_start();
	start("");
	script_init(&script, trace.conn, "return {err = 'NO way'}");
	assert_runs("a", "NO way");
	close_all();
}

TEST(without_a_connection_a_script_does_not_run)
{
	redis_server_start();
	start("");
	redis_server_kill();
	TURN_UNTIL(!redis_conn_is_up(trace.conn));
	ck_assert(!run("a"));
	ck_assert_uint_eq(answers, 0);
	close_all();
}

TEST(a_script_without_an_answer_gets_none)
{
	redis_server_start();
	start("");
	load();
	redis_server_freeze();
	ck_assert(run("a"));
	turn_for(0.05);
	redis_server_kill();
	TURN_UNTIL(answers == 1);
	ck_assert_str_eq(answer, "null");
	close_all();
}

TEST(a_script_takes_hundreds_of_arguments)
{
	const char *keys[] = {"k", NULL}, *args[501] = {NULL};

	redis_server_start();
	start("");
	load();
	for (int i = 0; i < 500; i++)
		args[i] = "x";
	ck_assert(script_run(&script, &(struct script_input){keys, args},
			     answered, NULL));
	TURN_UNTIL(answers == 1);
	ck_assert_str_eq(answer, "k1x500");
	close_all();
}
