/* SPDX-License-Identifier: MIT */
/* shared/bus/script.c */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shared/bus/script.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/redis_trace.h"
#include "tests/unit/turn.h"

/* `printf %s TEXT | sha1sum` */
static const struct script_text text = {
    "8b680e7a49d4f0b83d465d1cd9bf673b169f3c60",
    "return KEYS[1] .. #KEYS .. ARGV[1] .. #ARGV"};

static struct script script;
static unsigned int answers;
static char answer[64];

static void
start(const char *user)
{
	open_up(user, "");
	script_init(&script, trace.conn, &text);
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

/* Whether Redis was told so many commands of a name since it started. */
static void
assert_calls(const char *command, unsigned int want)
{
	char stat[64];
	const char *found;
	unsigned int calls = 0;

	snprintf(stat, sizeof(stat), "cmdstat_%s:calls=", command);
	found = strstr(redis_ask("INFO commandstats"), stat);
	if (found != NULL)
		sscanf(found + strlen(stat), "%u", &calls);
	ck_assert_uint_eq(calls, want);
}

TEST(a_script_gets_its_keys_and_arguments)
{
	redis_server_start();
	start("");
	assert_runs("a", "k2a3");
	close_all();
}

TEST(a_script_is_sent_once)
{
	redis_server_start();
	start("");
	assert_runs("a", "k2a3");
	assert_runs("b", "k2b3");
	assert_calls("eval", 1);
	close_all();
}

TEST(a_script_is_sent_again_when_the_connection_is_another)
{
	redis_server_start();
	start("");
	assert_runs("a", "k2a3");
	script_renew(&script);
	assert_runs("b", "k2b3");
	assert_calls("eval", 2);
	close_all();
}

TEST(a_script_that_redis_is_expected_to_have_is_not_sent)
{
	redis_server_start();
	start("");
	redis_ask("SCRIPT LOAD %s", text.text);
	script_expect(&script);
	assert_runs("a", "k2a3");
	assert_calls("evalsha", 1);
	assert_calls("eval", 0);
	close_all();
}

TEST(a_script_that_redis_was_expected_to_have_is_sent)
{
	redis_server_start();
	start("");
	script_expect(&script);
	assert_runs("a", "k2a3");
	assert_calls("eval", 1);
	close_all();
}

TEST(a_script_that_redis_forgot_is_sent_again)
{
	redis_server_start();
	start("");
	assert_runs("a", "k2a3");
	redis_ask("SCRIPT FLUSH");
	assert_runs("b", "k2b3");
	assert_calls("eval", 2);
	close_all();
}

TEST(each_of_many_calls_of_a_forgotten_script_runs_once)
{
	redis_server_start();
	start("");
	script_expect(&script);
	for (int i = 0; i < 10; i++)
		ck_assert(run("a"));
	TURN_UNTIL(answers == 10);
	ck_assert_str_eq(answer, "k2a3");
	close_all();
}

TEST(the_hash_of_each_script_is_that_of_redis)
{
	static const struct script_text *const all[] = {
	    &bus_publish_script, &bus_tip_script,      &bus_rights_script,
	    &bus_rewind_script,	 &bus_presence_script, &bus_entry_script,
	    &bus_entries_script, &bus_kick_script,     &bus_kicks_script};

	redis_server_start();
	start("");
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		ck_assert_str_eq(redis_ask("SCRIPT LOAD %s", all[i]->text),
				 all[i]->hash);
	close_all();
}

TEST(a_user_who_may_not_load_scripts_runs_them)
{
	redis_server_start();
	redis_ask("ACL SETUSER bob on >secret ~* &* +@all -script");
	start("bob:secret@");
	assert_runs("a", "k2a3");
	assert_runs("b", "k2b3");
	assert_calls("eval", 1);
	close_all();
}

TEST(a_user_without_evalsha_runs_scripts_and_is_refused_once)
{
	redis_server_start();
	redis_ask("ACL SETUSER bob on >secret ~* &* +@all -evalsha");
	start("bob:secret@");
	for (int i = 0; i < 3; i++)
		assert_runs("a", "k2a3");
	ck_assert(script.spelled);
	assert_calls("eval", 3);
	close_all();
}

TEST(a_user_without_eval_runs_a_script_that_redis_has)
{
	redis_server_start();
	redis_ask("ACL SETUSER bob on >secret ~* &* +@all -eval");
	start("bob:secret@");
	script_expect(&script);
	redis_ask("SCRIPT LOAD %s", text.text);
	assert_runs("a", "k2a3");
	close_all();
}

TEST(a_user_who_may_run_no_scripts_is_refused)
{
	redis_server_start();
	redis_ask("ACL SETUSER bob on >secret ~* &* +@all -eval -evalsha");
	start("bob:secret@");
	script_expect(&script);
	ck_assert(run("a"));
	TURN_UNTIL(answers == 1);
	ck_assert_ptr_nonnull(strstr(answer, "NOPERM"));
	ck_assert(!script.spelled);
	close_all();
}

TEST(the_error_of_a_script_is_its_reply)
{
	static const struct script_text wrong = {
	    "0000000000000000000000000000000000000000",
	    "return {err = 'NO way'}"};

	redis_server_start();
	start("");
	script_init(&script, trace.conn, &wrong);
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
	for (int i = 0; i < 500; i++)
		args[i] = "x";
	ck_assert(script_run(&script, &(struct script_input){keys, args},
			     answered, NULL));
	TURN_UNTIL(answers == 1);
	ck_assert_str_eq(answer, "k1x500");
	close_all();
}
