/* SPDX-License-Identifier: MIT */
/* shared/conf/sentinel_list.c */
#include "config.h"

#include "shared/conf/sentinel_list.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

/* `want` as user|password|host:port|... */
static void
assert_list(const char *text, const char *want)
{
	struct sentinel_list list;
	char got[2000];
	const char *fault;
	int len;

	memset(&list, 0x5a, sizeof(list));
	fault = sentinel_list_parse(&list, text);
	ck_assert_msg(fault == NULL, "%s: %s", text, fault);
	len = snprintf(got, sizeof(got), "%s|%s", list.user, list.password);
	for (size_t i = 0; i < list.count; i++)
		len += snprintf(got + len, sizeof(got) - (size_t)len, "|%s:%u",
				list.at[i].host, list.at[i].port);
	ck_assert_str_eq(got, want);
}

static void
assert_fault(const char *text, const char *want)
{
	struct sentinel_list list;
	const char *fault = sentinel_list_parse(&list, text);

	ck_assert_msg(fault != NULL, "%s is accepted", text);
	ck_assert_msg(strncmp(fault, want, strlen(want)) == 0, "%s: %s", text,
		      fault);
}

TEST(sentinels_are_separated_by_commas)
{
	assert_list("a:1,b.example:2,10.0.0.3:3",
		    "||a:1|b.example:2|10.0.0.3:3");
	assert_list("a", "||a:26379");
	assert_list("a,b:6379", "||a:26379|b:6379");
	assert_list("[::1]:5,[::2]", "||::1:5|::2:26379");
	assert_list("", "|");
}

TEST(the_login_stands_once_before_all)
{
	assert_list("u:p%2C%40@a:1,b:2", "u|p,@|a:1|b:2");
	assert_list(":p@a", "|p|a:26379");
	assert_fault("a,u:p@b", "user:password@ may stand only once");
	assert_fault("u@a", "expected user:password");
}

TEST(at_most_16_of_them)
{
	assert_list("a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a",
		    "||a:26379|a:26379|a:26379|a:26379|a:26379|a:26379|a:26379"
		    "|a:26379|a:26379|a:26379|a:26379|a:26379|a:26379|a:26379"
		    "|a:26379|a:26379");
	assert_fault("a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", "more than 16");
}

TEST(what_is_no_host_and_port_is_a_fault)
{
	assert_fault(",", "missing host");
	assert_fault("a,", "expected host:port after the last comma");
	assert_fault("a,,b", "missing host");
	assert_fault("a b", "invalid character");
	assert_fault("a/0", "expected host:port");
	assert_fault("a?b", "expected host:port");
	assert_fault("a:0", "expected :port from 1 to 65535");
	assert_fault("redis://a", "expected host:port");
}
