/* SPDX-License-Identifier: MIT */
/* shared/bus/redis_reader.c: bytes to replies, within limits. */
#include "config.h"

#include "shared/bus/redis_reader.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

TESTS_NEED_PROCESSES

enum { REPLY_MAX = 100 };

static struct redis_reader *reader;
static size_t replies;
static size_t stop_after;

static bool
count(void *arg, const struct redis_reply *reply)
{
	(void)arg;
	ck_assert_ptr_nonnull(reply);
	return ++replies != stop_after;
}

static const char *
feed(const char *text)
{
	if (reader == NULL)
		reader = redis_reader_new(REPLY_MAX);
	return redis_reader_feed(reader, text_of(text), count, NULL);
}

TEST(a_reply_may_come_in_parts)
{
	ck_assert_ptr_null(feed("*2\r\n$1\r\n"));
	ck_assert_ptr_null(feed("a\r\n:"));
	ck_assert_uint_eq(replies, 0);
	ck_assert_ptr_null(feed("7\r\n+OK\r\n"));
	ck_assert_uint_eq(replies, 2);
	redis_reader_free(reader);
}

TEST(replies_after_the_last_wanted_are_not_read)
{
	stop_after = 1;
	ck_assert_ptr_null(feed("+1\r\n+2\r\n"));
	ck_assert_uint_eq(replies, 1);
	redis_reader_free(reader);
}

TEST(a_reply_of_the_largest_size_is_read)
{
	char text[REPLY_MAX + 1];

	snprintf(text, sizeof(text), "$93\r\n%0*d\r\n", 93, 0);
	ck_assert_ptr_null(feed(text));
	ck_assert_uint_eq(replies, 1);
	redis_reader_free(reader);
}

TEST(a_larger_reply_is_refused_before_it_is_complete)
{
	char text[REPLY_MAX + 10];

	snprintf(text, sizeof(text), "$500\r\n%0*d", 96, 0);
	ck_assert_str_eq(feed(text), "a reply is too large");
	redis_reader_free(reader);
}

TEST(the_size_is_that_of_one_reply_not_of_all)
{
	for (int i = 0; i < 100; i++)
		ck_assert_ptr_null(feed("+a line of twenty\r\n+"));
	redis_reader_free(reader);
}

TEST(the_elements_of_a_large_array_count)
{
	const char *fault = feed("*1000\r\n");

	for (int i = 0; i < 100 && fault == NULL; i++)
		fault = feed(":1\r\n");
	ck_assert_str_eq(fault, "a reply is too large");
	redis_reader_free(reader);
}

TEST(an_array_of_too_many_elements_is_refused)
{
	ck_assert_str_eq(feed("*65537\r\n"), "a reply has too many elements");
	redis_reader_free(reader);
}

TEST(an_array_of_the_most_elements_is_read)
{
	ck_assert_ptr_null(feed("*65536\r\n"));
	redis_reader_free(reader);
}

TEST(seven_arrays_inside_each_other_are_read)
{
	ck_assert_ptr_null(
	    feed("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"));
	ck_assert_uint_eq(replies, 1);
	redis_reader_free(reader);
}

TEST(eight_arrays_inside_each_other_are_refused)
{
	ck_assert_str_eq(
	    feed("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"),
	    "a reply has too many levels");
	redis_reader_free(reader);
}

TEST(a_byte_that_begins_no_reply_is_an_error)
{
	ck_assert_ptr_nonnull(strstr(feed("!?\r\n"), "Protocol error"));
	redis_reader_free(reader);
}

TEST(free_accepts_null)
{
	redis_reader_free(NULL);
}
