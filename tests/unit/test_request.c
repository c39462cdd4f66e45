/* SPDX-License-Identifier: MIT */
/* shared/wire/request.c */
#include "config.h"

#include "shared/wire/request.h"

#include <dirent.h>
#include <fastcgi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/wire/record.h"
#include "tests/unit/suite.h"

static struct buf head;
static struct request r;

static void
start(void)
{
	ck_assert(request_init());
	buf_init(&head, 1 << 22);
}

static void
stop(void)
{
	request_free();
	buf_free(&head);
}

static void
put(const void *content, size_t len)
{
	struct record_piece piece = {.bytes = content, .len = len};

	record_put_params(&head, 1, &piece);
}

static void
put_pair(const char *name, const char *value)
{
	char pair[256];

	pair[0] = (char)strlen(name);
	pair[1] = (char)strlen(value);
	strcpy(pair + 2, name);
	strcpy(pair + 2 + strlen(name), value);
	put(pair, 2 + strlen(name) + strlen(value));
}

static void
begin(void)
{
	buf_clear(&head);
	record_put_begin(&head, 1);
}

static bool
end(void)
{
	put("", 0);
	return request_open(&r, &head);
}

TEST(variables_of_a_head)
{
	start();
	begin();
	put_pair("QUERY_STRING", "a=b&c");
	put_pair("REMOTE_ADDR", "");
	ck_assert(end());
	ck_assert_str_eq(request_get(&r, "QUERY_STRING"), "a=b&c");
	ck_assert_str_eq(request_get(&r, "REMOTE_ADDR"), "");
	request_close(&r);
	stop();
}

TEST(an_unset_variable_is_empty)
{
	start();
	begin();
	put_pair("QUERY_STRING", "a=b");
	ck_assert(end());
	ck_assert_str_eq(request_get(&r, "QUERY"), "");
	ck_assert_str_eq(request_get(&r, "QUERY_STRING_"), "");
	ck_assert_str_eq(request_get(&r, ""), "");
	request_close(&r);
	stop();
}

TEST(a_head_without_variables)
{
	start();
	begin();
	ck_assert(end());
	ck_assert_str_eq(request_get(&r, "QUERY_STRING"), "");
	request_close(&r);
	stop();
}

TEST(parameters_split_anywhere)
{
	static const char pairs[] = "\4\5NAMEvalue\5\3OTHERabc";
	const char *at = pairs;

	start();
	for (size_t cut = 1; cut < sizeof(pairs) - 1; cut++) {
		begin();
		put(at, cut);
		put(at + cut, sizeof(pairs) - 1 - cut);
		ck_assert(end());
		ck_assert_str_eq(request_get(&r, "NAME"), "value");
		ck_assert_str_eq(request_get(&r, "OTHER"), "abc");
		request_close(&r);
	}
	stop();
}

TEST(long_names_and_values_in_small_records)
{
	char pairs[4 + 4 + 300 + 200], value[201], name[301];

	memset(name, 'N', 300);
	memset(value, 'v', 200);
	name[300] = value[200] = '\0';
	memcpy(pairs,
	       "\200\0\1\54"
	       "\200\0\0\310",
	       8);
	memcpy(pairs + 8, name, 300);
	memcpy(pairs + 308, value, 200);
	start();
	for (size_t step = 1; step < 10; step++) {
		begin();
		for (size_t at = 0, n; at < sizeof(pairs); at += n) {
			n = sizeof(pairs) - at < step ? sizeof(pairs) - at
						      : step;
			put(pairs + at, n);
		}
		ck_assert(end());
		ck_assert_str_eq(request_get(&r, name), value);
		request_close(&r);
	}
	stop();
}

/* libfcgi would write past its heap, or end the process. */
TEST(a_length_past_the_end_is_refused)
{
	static const struct {
		const char *bytes;
		size_t len;
	} all[] = {
	    {"\1", 1},
	    {"\1\1", 2},
	    {"\1\1a", 3},
	    {"\5\5ab", 4},
	    {"\377", 1},
	    {"\377\377\377\377", 4},
	    {"\377\377\377\377\1", 5},
	    {"\377\377\377\377\377\377\377\377", 8},
	    {"\377\377\377\377\377\377\377\377ab", 10},
	    {"\200\0\0\1\377\377\377\376ab", 10},
	    {"\1\377\377\377\377ab", 7},
	    {"\1\1abc", 5},
	};

	start();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		begin();
		put(all[i].bytes, all[i].len);
		ck_assert_msg(!end(), "number %zu is accepted", i);
	}
	begin();
	put_pair("QUERY_STRING", "q");
	ck_assert(end());
	ck_assert_str_eq(request_get(&r, "QUERY_STRING"), "q");
	request_close(&r);
	stop();
}

TEST(no_variable_leaks_into_the_next_request)
{
	start();
	begin();
	put_pair("HTTP_COOKIE", "secret");
	put_pair("QUERY_STRING", "a longer one than the next has");
	ck_assert(end());
	request_close(&r);
	begin();
	put_pair("QUERY_STRING", "q");
	ck_assert(end());
	ck_assert_str_eq(request_get(&r, "HTTP_COOKIE"), "");
	ck_assert_str_eq(request_get(&r, "QUERY_STRING"), "q");
	request_close(&r);
	stop();
}

TEST(values_are_writable)
{
	char *value;

	start();
	begin();
	put_pair("QUERY_STRING", "a+b");
	ck_assert(end());
	value = request_get(&r, "QUERY_STRING");
	value[1] = ' ';
	ck_assert_str_eq(request_get(&r, "QUERY_STRING"), "a b");
	request_close(&r);
	stop();
}

/* A pair whose length is beyond the end. */
static void
put_nonsense(void)
{
	put("\200\377\377\377\1short", 10);
}

TEST(a_bad_head_does_not_affect_the_next)
{
	start();
	for (int i = 0; i < 20; i++) {
		begin();
		put_nonsense();
		ck_assert(!end());
		begin();
		put_pair("QUERY_STRING", "fine");
		ck_assert(end());
		ck_assert_str_eq(request_get(&r, "QUERY_STRING"), "fine");
		request_close(&r);
	}
	stop();
}

static size_t
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

TEST(no_descriptor_leaks)
{
	size_t before;

	start();
	before = open_descriptors();
	for (int i = 0; i < 10; i++) {
		begin();
		if (i % 2 == 0)
			put_nonsense();
		if (end())
			request_close(&r);
	}
	ck_assert_uint_eq(open_descriptors(), before);
	stop();
	ck_assert_uint_eq(open_descriptors(), before - 1);
}

TEST(a_head_of_one_megabyte)
{
	static char value[1 << 20];
	char lengths[6] = "\4\200\20\0\0";

	memset(value, 'v', sizeof(value));
	start();
	begin();
	put(lengths, 5);
	put("NAME", 4);
	put(value, sizeof(value));
	ck_assert(end());
	ck_assert_uint_eq(strlen(request_get(&r, "NAME")), sizeof(value));
	request_close(&r);
	stop();
}

TEST(a_small_head_after_a_large_one)
{
	static char value[100 * 1000];
	char lengths[6] = "\4\200\1\206\240";

	memset(value, 'v', sizeof(value));
	start();
	for (int i = 0; i < 3; i++) {
		begin();
		put(lengths, 5);
		put("NAME", 4);
		put(value, sizeof(value));
		ck_assert(end());
		request_close(&r);
		begin();
		put_pair("QUERY_STRING", "q");
		ck_assert(end());
		ck_assert_str_eq(request_get(&r, "NAME"), "");
		ck_assert_str_eq(request_get(&r, "QUERY_STRING"), "q");
		request_close(&r);
	}
	stop();
}

TEST(more_variables_than_usual)
{
	char name[16], value[16];

	start();
	for (size_t count = 120; count < 140; count++) {
		begin();
		for (size_t i = 0; i < count; i++) {
			sprintf(name, "HTTP_X_%zu", i);
			sprintf(value, "%zu", i);
			put_pair(name, value);
		}
		ck_assert(end());
		for (size_t i = 0; i < count; i++) {
			sprintf(name, "HTTP_X_%zu", i);
			sprintf(value, "%zu", i);
			ck_assert_str_eq(request_get(&r, name), value);
		}
		request_close(&r);
	}
	stop();
}

static void
take_one_a_and_two_b(void)
{
	begin();
	put_pair("HTTP_A", "1");
	put_pair("HTTP_B", "2");
	put_pair("HTTP_B", "3");
	ck_assert(end());
}

TEST(the_first_of_two_variables_counts)
{
	start();
	take_one_a_and_two_b();
	ck_assert_str_eq(request_get(&r, "HTTP_B"), "2");
	ck_assert(request_has_several(&r, "HTTP_B"));
	ck_assert(!request_has_several(&r, "HTTP_A"));
	request_close(&r);
	stop();
}

TEST(a_copy_outlives_the_request)
{
	struct request copy;
	void *at;

	start();
	take_one_a_and_two_b();
	at = malloc(request_size(&r));
	request_copy(&copy, at, &r);
	request_get(&r, "HTTP_A")[0] = 'x';
	request_close(&r);
	begin();
	put_pair("HTTP_C", "4");
	ck_assert(end());
	ck_assert_str_eq(request_get(&copy, "HTTP_A"), "1");
	ck_assert_str_eq(request_get(&copy, "HTTP_B"), "2");
	ck_assert_str_eq(request_get(&copy, "HTTP_C"), "");
	ck_assert(request_has_several(&copy, "HTTP_B"));
	ck_assert_ptr_nonnull(copy.index);
	request_get(&copy, "HTTP_A")[0] = 'y';
	ck_assert_str_eq(request_get(&copy, "HTTP_A"), "y");
	request_close(&r);
	free(at);
	stop();
}

TEST(a_copy_of_a_request_without_an_index)
{
	char a[] = "A=1", *variables[] = {a, NULL};
	const struct request plain = {.variables = variables};
	struct request copy;
	void *at = malloc(request_size(&plain));

	request_copy(&copy, at, &plain);
	a[2] = '2';
	ck_assert_str_eq(request_get(&copy, "A"), "1");
	ck_assert_str_eq(request_get(&copy, "B"), "");
	free(at);
}

TEST(a_nul_in_a_name)
{
	start();
	begin();
	put("\3\1A\0Bx", 6);
	put_pair("QUERY_STRING", "q");
	ck_assert(end());
	ck_assert_str_eq(request_get(&r, "A"), "");
	ck_assert_str_eq(request_get(&r, "QUERY_STRING"), "q");
	request_close(&r);
	stop();
}

/* The number for a CONTENT_LENGTH of `text`. */
static size_t
content_length(const char *text)
{
	char variable[64] = "CONTENT_LENGTH=";
	char *variables[] = {variable, NULL};
	struct request cgi = {.variables = variables};

	strcat(variable, text);
	return request_content_length(&cgi);
}

TEST(content_length_in_bytes)
{
	char *none[] = {NULL};
	struct request cgi = {.variables = none};

	ck_assert_uint_eq(request_content_length(&cgi), 0);
	ck_assert_uint_eq(content_length(""), 0);
	ck_assert_uint_eq(content_length("0"), 0);
	ck_assert_uint_eq(content_length("131072"), 131072);
	ck_assert_uint_eq(content_length("999999999"), 999999999);
}

TEST(an_invalid_content_length_is_size_max)
{
	ck_assert_uint_eq(content_length("12a"), SIZE_MAX);
	ck_assert_uint_eq(content_length("-1"), SIZE_MAX);
	ck_assert_uint_eq(content_length(" 1"), SIZE_MAX);
	ck_assert_uint_eq(content_length("18446744073709551617"), SIZE_MAX);
}
