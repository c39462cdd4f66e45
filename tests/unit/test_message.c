/* SPDX-License-Identifier: MIT */
/* shared/model/message.c and gap.c */
#include "config.h"

#include "shared/model/message.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/model/gap.h"
#include "shared/model/rules.h"
#include "tests/unit/allocations.h"
#include "tests/unit/suite.h"

static const struct message CHAT = {
    .refs = 7,
    .id = {1700000000000, 3},
    .prev = {1700000000000, 2},
    .channel = {"room", 4},
    .event = {"chat", 4},
    .data = {"hello", 5},
};

static void
assert_json(const struct message *m, const char *want)
{
	struct buf out;

	buf_init(&out, 4096);
	message_put_json(&out, m);
	suite_assert_bytes(&out, want);
	buf_free(&out);
}

static void
assert_not_a_message(const char *text)
{
	struct message m = CHAT;

	if (message_parse(&m, text_of(text)))
		ck_abort_msg("'%s' is accepted", text);
	ck_assert_mem_eq(&m, &CHAT, sizeof m);
}

TEST(a_new_message_is_a_copy_with_one_reference)
{
	char data[] = "hello";
	struct message publication = CHAT;
	struct message *m;

	publication.data.bytes = data;
	m = message_new(&publication);
	data[0] = 'X';
	ck_assert_uint_eq(m->refs, 1);
	ck_assert_int_eq(id_compare(m->id, CHAT.id), 0);
	ck_assert_int_eq(id_compare(m->prev, CHAT.prev), 0);
	suite_assert_same(m->channel.bytes, m->channel.len, "room", 4);
	suite_assert_same(m->event.bytes, m->event.len, "chat", 4);
	suite_assert_same(m->data.bytes, m->data.len, "hello", 5);
	message_unref(m);
}

TEST(the_texts_of_a_message_end_with_nul)
{
	struct message publication = CHAT;
	struct message *m;

	publication.channel.len = 2;
	publication.event.len = 3;
	publication.data.len = 4;
	m = message_new(&publication);
	ck_assert_str_eq(m->channel.bytes, "ro");
	ck_assert_str_eq(m->event.bytes, "cha");
	ck_assert_str_eq(m->data.bytes, "hell");
	message_unref(m);
}

TEST(a_message_is_one_allocation)
{
	struct message *m;
	size_t asked;

	allocations_start();
	m = message_new(&CHAT);
	asked = allocations_count();
	allocations_stop();
	ck_assert_uint_eq(asked, 1);
	message_unref(m);
	ck_assert_uint_eq(allocations_live(), 0);
}

TEST(texts_may_be_empty)
{
	const struct message empty = {.id = {1, 1}};
	struct message *m = message_new(&empty);

	ck_assert_str_eq(m->channel.bytes, "");
	ck_assert_str_eq(m->event.bytes, "");
	ck_assert_str_eq(m->data.bytes, "");
	message_unref(m);
}

TEST(message_new_does_not_change_its_argument)
{
	struct message publication = CHAT;
	struct message *m = message_new(&publication);

	ck_assert_mem_eq(&publication, &CHAT, sizeof publication);
	message_unref(m);
}

TEST(the_last_unref_frees)
{
	struct message *m;
	size_t live;

	allocations_start();
	m = message_new(&CHAT);
	message_ref(m);
	message_unref(m);
	live = allocations_live();
	message_unref(m);
	allocations_stop();
	ck_assert_uint_eq(live, 1);
	ck_assert_uint_eq(allocations_live(), 0);
}

TEST(null_can_be_referenced_and_unreferenced)
{
	ck_assert_ptr_null(message_ref(NULL));
	message_unref(NULL);
}

TEST(the_bus_text_has_id_prev_length_event_and_data)
{
	struct message m = {.refs = 9, .channel = {"c", 1}};
	const char *text = "5-1 4-0 4 chathello you";

	ck_assert(message_parse(&m, text_of(text)));
	ck_assert_uint_eq(m.id.ms, 5);
	ck_assert_uint_eq(m.id.seq, 1);
	ck_assert_uint_eq(m.prev.ms, 4);
	ck_assert_uint_eq(m.prev.seq, 0);
	suite_assert_same(m.event.bytes, m.event.len, "chat", 4);
	suite_assert_same(m.data.bytes, m.data.len, "hello you", 9);
}

TEST(parsing_does_not_change_refs_and_channel)
{
	struct message m = CHAT;

	ck_assert(message_parse(&m, (struct text){"5-1 4-0 0 x", 11}));
	ck_assert_uint_eq(m.refs, 7);
	ck_assert_ptr_eq(m.channel.bytes, CHAT.channel.bytes);
	ck_assert_uint_eq(m.channel.len, 4);
}

TEST(parsing_copies_nothing)
{
	struct message m;
	const char *text = "5-1 4-0 4 chathello";

	ck_assert(message_parse(&m, text_of(text)));
	ck_assert_ptr_eq(m.event.bytes, text + 10);
	ck_assert_ptr_eq(m.data.bytes, text + 14);
}

TEST(event_and_data_may_be_empty)
{
	struct message m;

	ck_assert(message_parse(&m, (struct text){"5-1 0-0 0 ", 10}));
	ck_assert_uint_eq(m.event.len, 0);
	ck_assert_uint_eq(m.data.len, 0);
}

TEST(data_may_hold_anything)
{
	struct message m;

	ck_assert(message_parse(&m, (struct text){"5-1 0-0 1 e a\0b\n", 16}));
	suite_assert_same(m.data.bytes, m.data.len, " a\0b\n", 5);
}

TEST(an_event_may_have_64_bytes_and_no_more)
{
	char text[200];
	struct message m;

	memset(text, 'e', sizeof text);
	memcpy(text, "5-1 0-0 64 ", 11);
	ck_assert(message_parse(&m, (struct text){text, sizeof text}));
	ck_assert_uint_eq(m.event.len, EVENT_TYPE_MAX);
	memcpy(text, "5-1 0-0 65 ", 11);
	ck_assert(!message_parse(&m, (struct text){text, sizeof text}));
}

TEST(a_text_of_another_form_is_no_message)
{
	assert_not_a_message("");
	assert_not_a_message(" ");
	assert_not_a_message("hello");
	assert_not_a_message("5-1");
	assert_not_a_message("5-1 ");
	assert_not_a_message("5-1 4-0");
	assert_not_a_message("5-1 4-0 ");
	assert_not_a_message("5-1 4-0 0");
	assert_not_a_message("5 4-0 0 data");
	assert_not_a_message("5-1 4 0 data");
	assert_not_a_message("5-1  4-0 0 data");
	assert_not_a_message("5-1 4-0 x data");
	assert_not_a_message("5-1 4-0  data");
	assert_not_a_message("5-1 4-0 -1 data");
	assert_not_a_message("5-1 4-0 00 data");
	assert_not_a_message("5-1 4-0 01 data");
	assert_not_a_message("5-1 4-0 0\tdata");
	assert_not_a_message("5-1 4-0 99999999999999999999 data");
}

TEST(an_event_longer_than_the_text_is_refused)
{
	assert_not_a_message("5-1 4-0 5 chat");
	assert_not_a_message("5-1 4-0 1 ");
}

TEST(no_byte_after_the_length_is_read)
{
	static const char text[] = "5-1 4-0 4 chatdata";

	for (size_t len = 0; len < sizeof text; len++) {
		struct message m;
		char *copy = malloc(len == 0 ? 1 : len);
		bool whole;

		memcpy(copy, text, len);
		whole = message_parse(&m, (struct text){copy, len});
		free(copy);
		if (whole != (len >= 14))
			ck_abort_msg("of %zu bytes", len);
	}
}

TEST(json_has_all_parts_and_no_closing_brace)
{
	assert_json(&CHAT, "{\"id\":\"1700000000000-3\",\"channel\":\"room\","
			   "\"event\":\"chat\",\"data\":\"hello\"");
}

TEST(json_omits_an_empty_event)
{
	struct message m = CHAT;

	m.event.len = 0;
	assert_json(&m, "{\"id\":\"1700000000000-3\",\"channel\":\"room\","
			"\"data\":\"hello\"");
}

TEST(json_escapes_every_text)
{
	const struct message m = {.id = {1, 2},
				  .channel = {"a\"b", 3},
				  .event = {"c\\d", 3},
				  .data = {"e\nf", 3}};

	assert_json(&m, "{\"id\":\"1-2\",\"channel\":\"a\\\"b\","
			"\"event\":\"c\\\\d\",\"data\":\"e\\nf\"");
}

TEST(a_gap_has_channel_after_before_and_cursor)
{
	const struct gap gap = {
	    .channel = {"a\"b", 3}, .after = {1, 2}, .before = {9, 0}};
	struct buf out;

	buf_init(&out, 1000);
	gap_put_json(&out, &gap, text_of("9-0"));
	suite_assert_bytes(&out,
			   "{\"gap\":{\"channel\":\"a\\\"b\",\"after\":\"1-2\","
			   "\"before\":\"9-0\"},\"cursor\":\"9-0\"}");
	buf_free(&out);
}
