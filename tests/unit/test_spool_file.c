/* SPDX-License-Identifier: MIT */
/* shared/spool/file.c and name.c */
#include "config.h"

#include <string.h>

#include "shared/base/buf.h"
#include "shared/spool/file.h"
#include "shared/spool/name.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/suite.h"

static struct buf file;

static void
put(const char *channel, const char *data, const char *key)
{
	struct publication publication =
	    bus_trace_publication(channel, data, key);

	publication.event = text_of("chat");
	buf_init(&file, SPOOL_FILE_MAX);
	spool_file_put(&file, &publication, 1764300000000);
	ck_assert(buf_ok(&file));
}

static bool
parses(size_t len)
{
	struct publication publication;
	uint64_t written_ms;

	return spool_file_parse(&publication, &written_ms,
				(struct text){file.bytes, len});
}

TEST(a_file_is_the_message_and_its_hash)
{
	put("news", "hello", "k1");
	suite_assert_bytes(&file, "pushcgi-spool 1 1764300000000 4 4 2 5\n"
				  "newschatk1hello\n"
				  "40133ff6687bdc5a\n");
	buf_free(&file);
}

TEST(a_parsed_file_is_what_was_written)
{
	struct publication publication;
	uint64_t written_ms;

	put("news", "a\nb", "k1");
	ck_assert(spool_file_parse(&publication, &written_ms,
				   (struct text){file.bytes, file.len}));
	ck_assert_uint_eq(written_ms, 1764300000000);
	ck_assert(text_is(publication.channel, "news"));
	ck_assert(text_is(publication.event, "chat"));
	ck_assert(text_is(publication.key, "k1"));
	ck_assert(text_is(publication.data, "a\nb"));
	buf_free(&file);
}

TEST(every_torn_file_is_refused)
{
	put("news", "hello", "k1");
	ck_assert(parses(file.len));
	for (size_t len = 0; len < file.len; len++)
		ck_assert(!parses(len));
	buf_free(&file);
}

TEST(every_changed_byte_is_noticed)
{
	put("news", "hello", "k1");
	for (size_t i = 0; i < file.len; i++) {
		file.bytes[i] ^= 1;
		ck_assert(!parses(file.len));
		file.bytes[i] ^= 1;
	}
	buf_free(&file);
}

TEST(a_message_that_breaks_a_rule_is_refused)
{
	put("n*ws", "hello", "k1");
	ck_assert(!parses(file.len));
	buf_free(&file);
	put("news", "\xff", "k1");
	ck_assert(!parses(file.len));
	buf_free(&file);
	put("news", "hello", "");
	ck_assert(!parses(file.len));
	buf_free(&file);
}

TEST(a_name_has_number_tag_and_time)
{
	struct spool_entry e = {1764300000000000000, 0x3baa0033770, 17}, again;
	char name[SPOOL_NAME_SIZE];

	spool_name(name, &e);
	ck_assert_str_eq(name, "01764300000000000000-3baa0033770-17.msg");
	ck_assert(spool_name_parse(&again, name));
	ck_assert_uint_eq(again.number, e.number);
	ck_assert_uint_eq(again.tag, e.tag);
	ck_assert_uint_eq(again.tried_ms, e.tried_ms);
}

TEST(names_sort_as_their_numbers)
{
	struct spool_entry a = {9, 0, 0}, b = {10, 0, 0};
	char first[SPOOL_NAME_SIZE], second[SPOOL_NAME_SIZE];

	spool_name(first, &a);
	spool_name(second, &b);
	ck_assert_int_lt(strcmp(first, second), 0);
}

TEST(other_names_are_none)
{
	static const char *const names[] = {
	    "",
	    ".",
	    "new",
	    "lock",
	    "1-3baa0033770-0.msg",
	    "01764300000000000000-3baa0033770-0",
	    "01764300000000000000-3baa0033770-0.msg~",
	    "01764300000000000000-3baa0033770-00.msg",
	    "01764300000000000000-3BAA0033770-0.msg",
	    "01764300000000000000-0.msg",
	};
	struct spool_entry e;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_msg(!spool_name_parse(&e, names[i]), "%s", names[i]);
}
