/* SPDX-License-Identifier: MIT */
/* shared/model/messages.c, one fact per test; the name is the fact. */
#include "config.h"

#include "shared/model/messages.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/nomem.h"
#include "tests/unit/suite.h"

/* A message whose data is `data`. */
static struct message *
make(const char *data)
{
	const struct message m = {.channel = "c",
				  .channel_len = 1,
				  .event = "",
				  .data = data,
				  .data_len = strlen(data)};

	return message_new(&m);
}

/* Adds one and gives up the reference it came with. */
static void
add(struct messages *ms, const char *data)
{
	struct message *m = make(data);

	ck_assert(messages_add(ms, m));
	message_unref(m);
}

TEST(messages_are_kept_oldest_first)
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
		ck_assert_str_eq(ms.at[i]->data, data);
	}
	messages_clear(&ms);
}

TEST(each_is_kept_by_a_reference)
{
	struct messages ms = {.at = NULL};
	struct message *m = make("abc");

	ck_assert(messages_add(&ms, m));
	ck_assert(messages_add(&ms, m));
	ck_assert_uint_eq(m->refs, 3);
	messages_drop_first(&ms);
	ck_assert_uint_eq(m->refs, 2);
	messages_clear(&ms);
	ck_assert_uint_eq(m->refs, 1);
	message_unref(m);
}

TEST(bytes_are_those_of_their_data)
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

TEST(the_first_is_dropped_and_the_others_move_up)
{
	struct messages ms = {.at = NULL};

	add(&ms, "a");
	add(&ms, "b");
	add(&ms, "c");
	messages_drop_first(&ms);
	ck_assert_uint_eq(ms.count, 2);
	ck_assert_str_eq(ms.at[0]->data, "b");
	ck_assert_str_eq(ms.at[1]->data, "c");
	messages_drop_first(&ms);
	messages_drop_first(&ms);
	ck_assert_uint_eq(ms.count, 0);
	messages_clear(&ms);
}

TEST(cleared_it_is_as_if_new)
{
	struct messages ms = {.at = NULL};

	messages_clear(&ms);
	add(&ms, "a");
	messages_clear(&ms);
	ck_assert_uint_eq(ms.count, 0);
	add(&ms, "b");
	ck_assert_uint_eq(ms.count, 1);
	ck_assert_str_eq(ms.at[0]->data, "b");
	messages_clear(&ms);
}

/* Adds `count` times; returns how many it took. */
static size_t
add_many(struct messages *ms, struct message *m, size_t count)
{
	size_t n = 0;

	while (n < count && messages_add(ms, m))
		n++;
	return n;
}

TEST(no_memory_keeps_what_was_there_and_leaks_nothing)
{
	struct message *m = make("abc");
	struct messages ms = {.at = NULL};
	size_t n, kept, refs, bytes;

	for (n = 0;; n++) {
		nomem_after(n);
		kept = add_many(&ms, m, 50);
		refs = m->refs;
		bytes = ms.bytes;
		messages_clear(&ms);
		if (!nomem_off())
			break;
		ck_assert_uint_lt(kept, 50);
		ck_assert_uint_eq(refs, 1 + kept);
		ck_assert_uint_eq(bytes, 3 * kept);
		ck_assert_uint_eq(m->refs, 1);
		ck_assert_uint_eq(nomem_live(), 0);
	}
	ck_assert_uint_eq(kept, 50);
	ck_assert_uint_gt(n, 1);
	message_unref(m);
}
