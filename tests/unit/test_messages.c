/* SPDX-License-Identifier: MIT */
/* Tests of shared/model/messages.c. */
#include "config.h"

#include "shared/model/messages.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

/* Has id `n`-0; the message before it has id `n - 1`-0. */
static struct message *
make_nth(uint64_t n)
{
	const struct message m = {.id = {n, 0},
				  .prev = {n - 1, 0},
				  .channel = {"c", 1},
				  .event = {"", 0},
				  .data = {"", 0}};

	return message_new(&m);
}

static struct message *
make(const char *data)
{
	const struct message m = {
	    .channel = {"c", 1}, .event = text_of(""), .data = text_of(data)};

	return message_new(&m);
}

/* Adds a message; the list has the only reference to it. */
static void
add(struct messages *ms, const char *data)
{
	struct message *m = make(data);

	messages_add(ms, m);
	message_unref(m);
}

TEST(messages_keep_their_order)
{
	struct messages ms = {.at = NULL};
	char data[16];

	for (int i = 0; i < 100; i++) {
		snprintf(data, sizeof(data), "%d", i);
		add(&ms, data);
	}
	ck_assert_uint_eq(ms.count, 100);
	for (size_t i = 0; i < 100; i++) {
		snprintf(data, sizeof(data), "%zu", i);
		ck_assert_str_eq(ms.at[i]->data.bytes, data);
	}
	messages_clear(&ms);
}

TEST(the_list_holds_one_reference_per_entry)
{
	struct messages ms = {.at = NULL};
	struct message *m = make("abc");

	messages_add(&ms, m);
	messages_add(&ms, m);
	ck_assert_uint_eq(m->refs, 3);
	messages_drop_first(&ms);
	ck_assert_uint_eq(m->refs, 2);
	messages_clear(&ms);
	ck_assert_uint_eq(m->refs, 1);
	message_unref(m);
}

TEST(bytes_is_the_sum_of_the_data_lengths)
{
	struct messages ms = {.at = NULL};

	add(&ms, "12345");
	add(&ms, "");
	add(&ms, "123");
	ck_assert_uint_eq(ms.bytes, 8);
	messages_drop_first(&ms);
	ck_assert_uint_eq(ms.bytes, 3);
	messages_clear(&ms);
	ck_assert_uint_eq(ms.bytes, 0);
}

TEST(drop_first_removes_the_oldest_message)
{
	struct messages ms = {.at = NULL};

	add(&ms, "a");
	add(&ms, "b");
	add(&ms, "c");
	messages_drop_first(&ms);
	ck_assert_uint_eq(ms.count, 2);
	ck_assert_str_eq(ms.at[0]->data.bytes, "b");
	ck_assert_str_eq(ms.at[1]->data.bytes, "c");
	messages_drop_first(&ms);
	messages_drop_first(&ms);
	ck_assert_uint_eq(ms.count, 0);
	messages_clear(&ms);
}

TEST(a_cleared_list_can_be_used_again)
{
	struct messages ms = {.at = NULL};

	messages_clear(&ms);
	add(&ms, "a");
	messages_clear(&ms);
	ck_assert_uint_eq(ms.count, 0);
	add(&ms, "b");
	ck_assert_uint_eq(ms.count, 1);
	ck_assert_str_eq(ms.at[0]->data.bytes, "b");
	messages_clear(&ms);
}

/* Messages with the ids 3-0, 4-0 and 5-0. */
static void
add_3_4_5(struct messages *ms)
{
	for (uint64_t n = 3; n <= 5; n++) {
		struct message *m = make_nth(n);

		messages_add(ms, m);
		message_unref(m);
	}
}

TEST(after_returns_the_messages_above_an_id)
{
	struct messages ms = {.at = NULL};
	struct message *const *found;
	size_t count;

	add_3_4_5(&ms);
	found = messages_after(&ms, (struct id){3, 0}, &count);
	ck_assert_uint_eq(count, 2);
	ck_assert_ptr_eq(found[0], ms.at[1]);
	found = messages_after(&ms, (struct id){2, 0}, &count);
	ck_assert_uint_eq(count, 3);
	ck_assert_ptr_eq(found[0], ms.at[0]);
	messages_clear(&ms);
}

TEST(after_the_newest_id_is_an_empty_list)
{
	struct messages ms = {.at = NULL};
	size_t count;

	add_3_4_5(&ms);
	ck_assert_ptr_nonnull(messages_after(&ms, (struct id){5, 0}, &count));
	ck_assert_uint_eq(count, 0);
	messages_clear(&ms);
}

TEST(after_is_null_when_messages_may_be_missing)
{
	struct messages ms = {.at = NULL};
	size_t count;

	ck_assert_ptr_null(messages_after(&ms, (struct id){0, 0}, &count));
	add_3_4_5(&ms);
	ck_assert_ptr_null(messages_after(&ms, (struct id){1, 9}, &count));
	messages_clear(&ms);
}
