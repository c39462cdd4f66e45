/* SPDX-License-Identifier: MIT */
/* shared/bus/redis_error.c: the errors of Redis 6.2, 7.0 and 8.0, byte for
 * byte. */
#include "config.h"

#include "shared/bus/redis_error.h"

#include "tests/unit/suite.h"

#define IN_6_2(error)                                                          \
	"ERR Error running script (call to "                                   \
	"f_493cdda1398f9286a9ebe9a107b5079d7088c08f): @user_script:23: "       \
	"@user_script: 23: " error
#define IN_7_0(error)                                                          \
	error " script: 493cdda1398f9286a9ebe9a107b5079d7088c08f, on "         \
	      "@user_script:23."

static void
assert_kind(const char *text, enum redis_error want)
{
	enum redis_error kind = redis_error_kind(text);

	if (kind != want)
		ck_abort_msg("'%s' is %s, not %s", text, redis_error_name(kind),
			     redis_error_name(want));
}

TEST(a_code_at_the_begin_is_recognised)
{
	assert_kind("READONLY You can't write against a read only replica.",
		    REDIS_ERROR_READONLY);
	assert_kind("MASTERDOWN Link with MASTER is down and "
		    "replica-serve-stale-data is set to 'no'.",
		    REDIS_ERROR_MASTERDOWN);
	assert_kind("LOADING Redis is loading the dataset in memory",
		    REDIS_ERROR_LOADING);
	assert_kind("CLUSTERDOWN Hash slot not served",
		    REDIS_ERROR_CLUSTERDOWN);
	assert_kind("MOVED 12539 127.0.0.1:7001", REDIS_ERROR_MOVED);
	assert_kind("NOREPLICAS Not enough good replicas to write.",
		    REDIS_ERROR_NOREPLICAS);
	assert_kind("BUSY Redis is busy running a script. You can only call "
		    "SCRIPT KILL or SHUTDOWN NOSAVE.",
		    REDIS_ERROR_BUSY);
	assert_kind("NOAUTH Authentication required.", REDIS_ERROR_NOAUTH);
	assert_kind("ERR Protocol error: unauthenticated multibulk length",
		    REDIS_ERROR_NOAUTH);
	assert_kind("ERR Protocol error: unauthenticated bulk length",
		    REDIS_ERROR_NOAUTH);
	assert_kind("NOPERM this user has no permissions to run the 'publish' "
		    "command",
		    REDIS_ERROR_NOPERM);
	assert_kind("OOM", REDIS_ERROR_OOM);
}

TEST(a_code_in_the_script_error_of_7_0_is_recognised)
{
	assert_kind(IN_7_0("READONLY You can't write against a read only "
			   "replica."),
		    REDIS_ERROR_READONLY);
	assert_kind(IN_7_0("OOM command not allowed when used memory > "
			   "'maxmemory'."),
		    REDIS_ERROR_OOM);
}

TEST(a_code_in_the_script_error_of_6_2_is_recognised)
{
	assert_kind(IN_6_2("-READONLY You can't write against a read only "
			   "replica."),
		    REDIS_ERROR_READONLY);
	assert_kind(IN_6_2("-MASTERDOWN Link with MASTER is down and "
			   "replica-serve-stale-data is set to 'no'."),
		    REDIS_ERROR_MASTERDOWN);
	assert_kind(IN_6_2("-LOADING Redis is loading the dataset in memory"),
		    REDIS_ERROR_LOADING);
	assert_kind(IN_6_2("-CLUSTERDOWN The cluster is down"),
		    REDIS_ERROR_CLUSTERDOWN);
	assert_kind(IN_6_2("-MOVED 12539 127.0.0.1:7001"), REDIS_ERROR_MOVED);
	assert_kind(
	    IN_6_2("-MISCONF Redis is configured to save RDB snapshots, "
		   "but it is currently not able to persist on disk."),
	    REDIS_ERROR_MISCONF);
	assert_kind(IN_6_2("-NOREPLICAS Not enough good replicas to write."),
		    REDIS_ERROR_NOREPLICAS);
	assert_kind(IN_6_2("-OOM command not allowed when used memory > "
			   "'maxmemory'."),
		    REDIS_ERROR_OOM);
}

TEST(what_a_script_may_not_do_is_forbidden)
{
	assert_kind(IN_6_2("The user executing the script can't run this "
			   "command or subcommand"),
		    REDIS_ERROR_NOPERM);
	assert_kind(IN_7_0("ERR The user executing the script can't publish to "
			   "the channel mentioned in the command"),
		    REDIS_ERROR_NOPERM);
}

TEST(a_code_inside_a_word_or_without_its_dash_is_none)
{
	assert_kind("BUSYGROUP Consumer Group name already exists",
		    REDIS_ERROR_OTHER);
	assert_kind("ERR unknown command `READONLY`", REDIS_ERROR_OTHER);
	assert_kind("ERR LOADING", REDIS_ERROR_OTHER);
	assert_kind("ERR a-LOADING", REDIS_ERROR_OTHER);
	assert_kind("", REDIS_ERROR_OTHER);
	assert_kind("-", REDIS_ERROR_OTHER);
	assert_kind(" - ", REDIS_ERROR_OTHER);
}

TEST(a_replica_and_a_server_that_loads_are_left)
{
	ck_assert(redis_error_reconnects(REDIS_ERROR_READONLY));
	ck_assert(redis_error_reconnects(REDIS_ERROR_MASTERDOWN));
	ck_assert(redis_error_reconnects(REDIS_ERROR_LOADING));
	ck_assert(!redis_error_reconnects(REDIS_ERROR_OOM));
	ck_assert(!redis_error_reconnects(REDIS_ERROR_OTHER));
}

TEST(a_state_of_the_server_is_temporary_and_a_right_is_not)
{
	ck_assert(redis_error_is_temporary(REDIS_ERROR_BUSY));
	ck_assert(redis_error_is_temporary(REDIS_ERROR_LOADING));
	ck_assert(redis_error_is_temporary(REDIS_ERROR_MASTERDOWN));
	ck_assert(redis_error_is_temporary(REDIS_ERROR_READONLY));
	ck_assert(redis_error_is_temporary(REDIS_ERROR_CLUSTERDOWN));
	ck_assert(redis_error_is_temporary(REDIS_ERROR_MISCONF));
	ck_assert(redis_error_is_temporary(REDIS_ERROR_NOREPLICAS));
	ck_assert(redis_error_is_temporary(REDIS_ERROR_OOM));
	ck_assert(redis_error_is_temporary(REDIS_ERROR_NOAUTH));
	ck_assert(!redis_error_is_temporary(REDIS_ERROR_MOVED));
	ck_assert(!redis_error_is_temporary(REDIS_ERROR_NOPERM));
	ck_assert(!redis_error_is_temporary(REDIS_ERROR_OTHER));
}
