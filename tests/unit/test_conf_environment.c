/* SPDX-License-Identifier: MIT */
/* shared/conf/conf_load.c: the environment */
#include "config.h"

#include "shared/conf/conf_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/conf/conf_set.h"
#include "tests/unit/suite.h"

static void
assert_environment_error(char *entry, const char *want)
{
	char *environment[] = {entry, NULL};
	char error[CONF_ERROR_SIZE] = "";
	static struct conf c;

	conf_free_texts(&c);
	conf_init(&c);
	ck_assert(!conf_read_environment(&c, environment, error));
	ck_assert_str_eq(error, want);
}

TEST(an_error_in_the_environment_names_the_variable)
{
	assert_environment_error(
	    (char[]){"PUSHCGI_HOLD_MAX_BACKLOG=1k"},
	    "environment: PUSHCGI_HOLD_MAX_BACKLOG: hold.max_backlog = "
	    "\"1k\": expected an integer from 4096 to 4294967295 (bytes)");
	assert_environment_error(
	    (char[]){"PUSHCGI_BUS_URL=redis://h:hunter2"},
	    "environment: PUSHCGI_BUS_URL: bus.url: expected :port from 1 to "
	    "65535 after the host");
	assert_environment_error(
	    (char[]){"PUSHCGI_HOLD_BEAT"},
	    "environment: PUSHCGI_HOLD_BEAT: hold.beat = "
	    "\"\": expected an integer from 1 to 3600 (seconds)");
}

TEST(an_unknown_variable_with_our_prefix_is_an_error)
{
	assert_environment_error(
	    (char[]){"PUSHCGI_HOLD_BEET=5"},
	    "environment: PUSHCGI_HOLD_BEET: unknown setting; did "
	    "you mean PUSHCGI_HOLD_BEAT?");
	assert_environment_error(
	    (char[]){"PUSHCGI_hold_beat=5"},
	    "environment: PUSHCGI_hold_beat: unknown setting; did "
	    "you mean PUSHCGI_HOLD_BEAT?");
	assert_environment_error(
	    (char[]){"PUSHCGI_HOLD.BEAT=5"},
	    "environment: PUSHCGI_HOLD.BEAT: unknown setting; did "
	    "you mean PUSHCGI_HOLD_BEAT?");
	assert_environment_error((char[]){"PUSHCGI_=5"},
				 "environment: PUSHCGI_: unknown setting");
	assert_environment_error(
	    (char[]){"PUSHCGI_CONFIG=5"},
	    "environment: PUSHCGI_CONFIG: unknown setting");
}

TEST(other_variables_are_skipped)
{
	char *environment[] = {(char[]){"PATH=/bin"},
			       (char[]){"PUSHCGI_CONF=/x"},
			       (char[]){"HOLD_BEAT=x"},
			       (char[]){"pushcgi_HOLD_BEAT=x"},
			       (char[]){"odd"},
			       (char[]){"PUSHCGI_HOLD_BEAT=3"},
			       NULL};
	char error[CONF_ERROR_SIZE];
	static struct conf c;

	conf_free_texts(&c);
	conf_init(&c);
	ck_assert(conf_read_environment(&c, environment, error));
	ck_assert_uint_eq(c.hold_beat, 3);
}
