/* SPDX-License-Identifier: MIT */
/* shared/bus/redis_conn.c: authentication and the database. */
#include "config.h"

#include "shared/bus/redis_conn.h"

#include "tests/unit/redis_server.h"
#include "tests/unit/redis_trace.h"
#include "tests/unit/turn.h"

TEST(no_authentication_within_bus_timeout_is_down)
{
	redis_server_start();
	redis_server_freeze();
	set_bus_timeout(1);
	open_as(":secret@", "");
	assert_down_because("no connection within bus.timeout");
	ck_assert_uint_eq(trace.ups, 0);
	close_all();
}

TEST(a_wrong_password_is_the_reason_it_is_down)
{
	redis_server_start();
	redis_ask("CONFIG SET requirepass secret");
	open_as(":wrong@", "");
	assert_down_because("WRONGPASS");
	ck_assert_uint_eq(trace.ups, 0);
	close_all();
}

TEST(a_wrong_password_is_the_reason_with_a_db_too)
{
	redis_server_start();
	redis_ask("CONFIG SET requirepass secret");
	open_as(":wrong@", "?db=3");
	assert_down_because("WRONGPASS");
	ck_assert_uint_eq(trace.ups, 0);
	close_all();
}

TEST(a_password_that_becomes_right_is_accepted)
{
	redis_server_start();
	redis_ask("CONFIG SET requirepass other");
	open_as(":secret@", "");
	TURN_UNTIL(trace.downs > 0);
	redis_ask("CONFIG SET requirepass secret");
	TURN_UNTIL(trace.ups == 1);
	close_all();
}

TEST(a_password_alone_is_of_the_default_user)
{
	redis_server_start();
	redis_ask("CONFIG SET requirepass secret");
	open_up(":secret@", "");
	assert_reply("ACL", "WHOAMI", "default");
	close_all();
}

TEST(a_user_and_password_authenticate)
{
	redis_server_start();
	redis_ask("ACL SETUSER bob on >secret ~* &* +@all");
	open_up("bob:secret@", "");
	assert_reply("ACL", "WHOAMI", "bob");
	close_all();
}

TEST(a_db_is_selected)
{
	redis_server_start();
	open_up("", "?db=3");
	assert_reply("CLIENT", "INFO", " db=3 ");
	close_all();
}

TEST(a_user_authenticates_and_a_db_is_selected)
{
	redis_server_start();
	redis_ask("ACL SETUSER bob on >secret ~* &* +@all");
	open_up("bob:secret@", "?db=3");
	assert_reply("CLIENT", "INFO", " db=3 ");
	assert_reply("ACL", "WHOAMI", "bob");
	close_all();
}

TEST(a_db_that_does_not_exist_is_the_reason_it_is_down)
{
	redis_server_start();
	open_as("", "?db=99");
	assert_down_because("DB index is out of range");
	ck_assert_uint_eq(trace.ups, 0);
	close_all();
}
