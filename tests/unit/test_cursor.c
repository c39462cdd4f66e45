/* SPDX-License-Identifier: MIT */
/* shared/model/cursor.c */
#include "config.h"

#include "shared/model/cursor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "tests/unit/suite.h"

static enum cursor_kind
kind_of(const char *text)
{
	struct cursor c;

	if (!cursor_parse(&c, text_of(text)))
		ck_abort_msg("'%s' is unreadable", text);
	return c.kind;
}

static void
assert_unreadable(const char *text)
{
	struct cursor c = {.kind = CURSOR_ALL, .count = 9};

	if (cursor_parse(&c, text_of(text)))
		ck_abort_msg("'%s' is accepted", text);
	ck_assert_int_eq(c.kind, CURSOR_NONE);
	ck_assert_uint_eq(c.count, 0);
}

static uint64_t
tag_of(const char *channel)
{
	return cursor_tag(text_of(channel));
}

/* `count` parts with ids 1-0, 2-1, ... of channels "channel0", ... */
static void
make_parts(struct cursor_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof name, "channel%zu", i);
		parts[i].tag = tag_of(name);
		parts[i].id = (struct id){i + 1, i};
		parts[i].start = i % 3 == 2;
		if (parts[i].start)
			parts[i].id = (struct id){0, 0};
	}
}

TEST(the_empty_text_is_no_cursor)
{
	struct cursor c;

	ck_assert_int_eq(kind_of(""), CURSOR_NONE);
	ck_assert(cursor_parse(&c, (struct text){NULL, 0}));
	ck_assert_uint_eq(c.count, 0);
}

TEST(zero_means_all_kept_messages)
{
	struct cursor c;

	ck_assert(cursor_parse(&c, text_of("0")));
	ck_assert_int_eq(c.kind, CURSOR_ALL);
	ck_assert_uint_eq(c.count, 1);
	ck_assert(c.parts[0].start);
}

TEST(a_part_of_zero_means_all_kept_messages_of_its_channel)
{
	struct cursor c;

	ck_assert(cursor_parse(&c, text_of("AAAAAAA.0~AAAAAAB.0-0")));
	ck_assert_int_eq(c.kind, CURSOR_PARTS);
	ck_assert_uint_eq(c.count, 2);
	ck_assert(c.parts[0].start);
	ck_assert(!c.parts[1].start);
}

TEST(an_id_alone_is_one_part_without_a_tag)
{
	struct cursor c;

	ck_assert(cursor_parse(&c, text_of("1700000000000-3")));
	ck_assert_int_eq(c.kind, CURSOR_ID);
	ck_assert_uint_eq(c.count, 1);
	ck_assert_uint_eq(c.parts[0].tag, 0);
	ck_assert_uint_eq(c.parts[0].id.ms, 1700000000000);
	ck_assert_uint_eq(c.parts[0].id.seq, 3);
}

TEST(id_0_0_is_not_all_kept_messages)
{
	ck_assert_int_eq(kind_of("0-0"), CURSOR_ID);
}

TEST(parts_are_tag_dot_id_joined_by_tildes)
{
	struct cursor c;
	const char *text = "AAAAAAA.1700000000000-3~AAAAAAB.0-0~_______.5-6";

	ck_assert(cursor_parse(&c, text_of(text)));
	ck_assert_int_eq(c.kind, CURSOR_PARTS);
	ck_assert_uint_eq(c.count, 3);
	ck_assert_uint_eq(c.parts[0].tag, 0);
	ck_assert_uint_eq(c.parts[0].id.ms, 1700000000000);
	ck_assert_uint_eq(c.parts[1].tag, 1);
	ck_assert_uint_eq(c.parts[1].id.seq, 0);
	ck_assert_uint_eq(c.parts[2].tag, (UINT64_C(1) << 42) - 1);
	ck_assert_uint_eq(c.parts[2].id.seq, 6);
}

TEST(one_part_is_a_cursor)
{
	ck_assert_int_eq(kind_of("k2Jd9_x.17-3"), CURSOR_PARTS);
}

TEST(a_tag_may_contain_every_character_of_base64url)
{
	ck_assert_int_eq(kind_of("AZaz09-.1-1~_______.1-1~-------.1-1"),
			 CURSOR_PARTS);
	assert_unreadable("AZaz09+.1-1");
	assert_unreadable("AZaz09/.1-1");
	assert_unreadable("AZaz09=.1-1");
	assert_unreadable("AZaz09 .1-1");
	assert_unreadable("AZaz09@.1-1");
	assert_unreadable("AZaz09[.1-1");
	assert_unreadable("AZaz09`.1-1");
	assert_unreadable("AZaz09{.1-1");
	assert_unreadable("AZaz09:.1-1");
	assert_unreadable("AZaz09\xff.1-1");
}

TEST(a_tag_has_seven_characters)
{
	assert_unreadable("AAAAAA.1-1");
	assert_unreadable("AAAAAAAA.1-1");
	assert_unreadable(".1-1");
	assert_unreadable("AAAAAAA");
	assert_unreadable("AAAAAAA.");
}

TEST(a_part_with_an_invalid_id_is_refused)
{
	assert_unreadable("AAAAAAA.00");
	assert_unreadable("AAAAAAA.1");
	assert_unreadable("AAAAAAA.1-");
	assert_unreadable("AAAAAAA.1-1 ");
	assert_unreadable("AAAAAAA.99999999999999999999-1");
}

TEST(an_extra_tilde_is_refused)
{
	assert_unreadable("~");
	assert_unreadable("AAAAAAA.1-1~");
	assert_unreadable("~AAAAAAA.1-1");
	assert_unreadable("AAAAAAA.1-1~~AAAAAAB.1-1");
	assert_unreadable("1-1~2-2");
}

TEST(other_texts_are_refused)
{
	assert_unreadable("1");
	assert_unreadable("00");
	assert_unreadable("00-0");
	assert_unreadable(" 0");
	assert_unreadable("now");
	assert_unreadable("undefined");
	assert_unreadable("AAAAAAA.1-1,AAAAAAB.1-1");
}

TEST(more_than_32_parts_are_refused)
{
	char text[33 * 12 + 1] = "";
	struct cursor c;

	for (int i = 0; i < 33; i++)
		strcat(text, "AAAAAAA.1-1~");
	ck_assert(cursor_parse(&c, (struct text){text, 32 * 12 - 1}));
	ck_assert_uint_eq(c.count, CHANNELS_MAX);
	ck_assert(!cursor_parse(&c, (struct text){text, 33 * 12 - 1}));
	ck_assert_int_eq(c.kind, CURSOR_NONE);
}

TEST(no_byte_after_the_length_is_read)
{
	static const char text[] = "AAAAAAA.1-1~AAAAAAB.2-2";

	for (size_t len = 1; len < sizeof text; len++) {
		char *copy = malloc(len);
		struct cursor c;
		bool whole;

		memcpy(copy, text, len);
		whole = cursor_parse(&c, (struct text){copy, len});
		free(copy);
		if (whole != (len == 11 || len == 23))
			ck_abort_msg("of %zu bytes", len);
	}
}

TEST(a_part_is_found_by_its_tag)
{
	struct cursor c;

	ck_assert(cursor_parse(&c, text_of("AAAAAAA.1-2~AAAAAAB.3-4")));
	ck_assert_ptr_eq(cursor_find(&c, 1), &c.parts[1]);
	ck_assert_uint_eq(c.parts[1].id.ms, 3);
	ck_assert_uint_eq(c.parts[1].id.seq, 4);
	ck_assert_ptr_eq(cursor_find(&c, 0), &c.parts[0]);
	ck_assert_uint_eq(c.parts[0].id.ms, 1);
}

TEST(a_channel_without_a_part_is_not_found)
{
	struct cursor c;

	ck_assert(cursor_parse(&c, text_of("AAAAAAA.1-2~AAAAAAB.3-4")));
	ck_assert_ptr_null(cursor_find(&c, 2));
}

TEST(an_id_alone_applies_to_every_channel)
{
	struct cursor c;
	const struct cursor_part *part;

	ck_assert(cursor_parse(&c, text_of("5-6")));
	part = cursor_find(&c, tag_of("any"));
	ck_assert_ptr_nonnull(part);
	ck_assert_uint_eq(part->id.ms, 5);
	ck_assert_uint_eq(part->id.seq, 6);
}

TEST(all_applies_to_every_channel)
{
	struct cursor c;
	const struct cursor_part *part;

	ck_assert(cursor_parse(&c, text_of("0")));
	part = cursor_find(&c, tag_of("any"));
	ck_assert_ptr_nonnull(part);
	ck_assert(part->start);
}

TEST(no_cursor_applies_to_no_channel)
{
	struct cursor c;

	ck_assert(cursor_parse(&c, text_of("")));
	ck_assert_ptr_null(cursor_find(&c, 0));
}

TEST(the_cursor_of_one_channel_is_its_id)
{
	const struct cursor_part part = {.id = {1700000000000, 3}};
	struct buf out;

	buf_init(&out, 100);
	cursor_put(&out, &part, 1);
	suite_assert_bytes(&out, "1700000000000-3");
	buf_free(&out);
}

TEST(the_start_is_formatted_as_zero)
{
	const struct cursor_part parts[] = {{.tag = 0, .start = true},
					    {.tag = 1, .id = {1, 2}}};
	struct buf out;

	buf_init(&out, 100);
	cursor_put(&out, parts, 1);
	buf_putc(&out, ' ');
	cursor_put(&out, parts, 2);
	suite_assert_bytes(&out, "0 AAAAAAA.0~AAAAAAB.1-2");
	buf_free(&out);
}

TEST(parts_keep_their_order)
{
	const struct cursor_part parts[] = {
	    {.tag = (UINT64_C(1) << 42) - 2, .id = {9, 8}},
	    {.tag = 1, .id = {0, 0}},
	    {.tag = 62 << 6, .id = {1, 2}}};
	struct buf out;

	buf_init(&out, 100);
	cursor_put(&out, parts, 3);
	suite_assert_bytes(&out, "______-.9-8~AAAAAAB.0-0~AAAAA-A.1-2");
	buf_free(&out);
}

TEST(cursors_of_1_to_32_channels_survive_a_round_trip)
{
	for (size_t count = 2; count <= CHANNELS_MAX; count++) {
		struct cursor_part parts[CHANNELS_MAX];
		struct cursor c;
		struct buf out;

		make_parts(parts, count);
		buf_init(&out, 10000);
		cursor_put(&out, parts, count);
		ck_assert(cursor_parse(&c, (struct text){out.bytes, out.len}));
		ck_assert_uint_eq(c.count, count);
		for (size_t i = 0; i < count; i++) {
			ck_assert_uint_eq(c.parts[i].tag, parts[i].tag);
			ck_assert(!id_compare(c.parts[i].id, parts[i].id));
			ck_assert(c.parts[i].start == parts[i].start);
		}
		buf_free(&out);
	}
}

TEST(the_longest_cursor_is_complete)
{
	const struct id last = {UINT64_MAX, UINT64_MAX};
	struct cursor_part parts[CHANNELS_MAX];
	struct buf out;

	make_parts(parts, CHANNELS_MAX);
	for (size_t i = 0; i < CHANNELS_MAX; i++) {
		parts[i].id = last;
		parts[i].start = false;
	}
	buf_init(&out, 32 * (7 + 1 + 41 + 1) - 1);
	cursor_put(&out, parts, CHANNELS_MAX);
	ck_assert(buf_ok(&out));
	ck_assert_uint_eq(out.len, out.max);
	buf_free(&out);
}

TEST(every_character_is_unreserved_in_a_url)
{
	struct cursor_part parts[CHANNELS_MAX];
	struct buf out;

	make_parts(parts, CHANNELS_MAX);
	buf_init(&out, 10000);
	cursor_put(&out, parts, CHANNELS_MAX);
	buf_putc(&out, '\0');
	ck_assert_uint_eq(strspn(out.bytes, "abcdefghijklmnopqrstuvwxyz"
					    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					    "0123456789-._~"),
			  out.len - 1);
	buf_free(&out);
}

/* Clients keep cursors across our versions. */
TEST(tags_never_change)
{
	const struct cursor_part parts[] = {
	    {.tag = tag_of("news"), .id = {1, 0}},
	    {.tag = tag_of("user:42"), .id = {2, 0}},
	    {.tag = tag_of("\xd0\xb6"), .id = {3, 0}}};
	struct buf out;

	buf_init(&out, 100);
	cursor_put(&out, parts, 3);
	suite_assert_bytes(&out, "7qgAzdw.1-0~qTcySSF.2-0~ge3R5-f.3-0");
	buf_free(&out);
}

static int
compare_tags(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

TEST(a_hundred_thousand_similar_names_have_different_tags)
{
	enum { COUNT = 100000 };
	static uint64_t tags[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		char name[32];

		snprintf(name, sizeof name, "user:%zu", i);
		tags[i] = tag_of(name);
		if (tags[i] >> 42 != 0)
			ck_abort_msg("the tag of %s has over 42 bits", name);
	}
	qsort(tags, COUNT, sizeof tags[0], compare_tags);
	for (size_t i = 1; i < COUNT; i++)
		ck_assert_uint_ne(tags[i - 1], tags[i]);
}
