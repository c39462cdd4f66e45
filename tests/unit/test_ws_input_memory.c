/* SPDX-License-Identifier: MIT */
/* shared/wire/ws_input.c: the memory it allocates and keeps. */
#include "config.h"

#include "shared/wire/ws_input.h"

#include "tests/unit/allocations.h"
#include "tests/unit/suite.h"
#include "tests/unit/ws_want.h"

enum { IN_MAX = 1 << 22 };

/* Reads items until there are no more; returns the allocations made. */
static size_t
count_allocations(struct ws_input *input, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	const uint8_t *end = at + len;
	struct ws_item item;
	size_t asked;

	allocations_start();
	while (ws_input_next(input, &at, end, &item) != WS_INPUT_MORE)
		continue;
	asked = allocations_count();
	allocations_stop();
	return asked;
}

TEST(idle_clients_share_one_spare)
{
	struct ws_input a = {.max_text = WANT_TEXT_MAX,
			     .frames_left = 100,
			     .bytes_left = SIZE_MAX};
	struct ws_input b = a;
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_TEXT, "abc");
	(void)count_allocations(&a, in.bytes, 5);
	(void)count_allocations(&b, in.bytes, 5);
	(void)count_allocations(&a, in.bytes + 5, in.len - 5);
	(void)count_allocations(&b, in.bytes + 5, in.len - 5);
	ck_assert_ptr_null(a.partial);
	ck_assert_ptr_null(b.partial);
	buf_clear(&in);
	add_masked_text(&in, WS_FIN | WS_PONG, "x");
	for (int i = 0; i < 10; i++) {
		ck_assert_uint_eq(count_allocations(&a, in.bytes, in.len), 0);
		ck_assert_uint_eq(count_allocations(&b, in.bytes, in.len), 0);
	}
	buf_free(&in);
	ws_partial_free_spare();
}

TEST(an_announced_length_takes_no_memory)
{
	struct ws_input input = {.max_text = (size_t)1 << 40,
				 .frames_left = 100,
				 .bytes_left = SIZE_MAX};
	const char frame[] = "\x81\xff\0\0\0\xff\xff\xff\xff\xff\0\0\0\0abc";

	/* the client's, wslay's, and room for a few bytes */
	ck_assert_uint_le(count_allocations(&input, frame, sizeof(frame) - 1),
			  3);
	ck_assert_ptr_nonnull(input.partial);
	ws_partial_free(input.partial);
}

TEST(the_text_of_a_message_is_not_copied)
{
	struct ws_input input = {.max_text = WANT_TEXT_MAX,
				 .frames_left = 100,
				 .bytes_left = SIZE_MAX};
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_PONG, "");
	(void)count_allocations(&input, in.bytes, in.len);
	add_masked_text(&in, WS_TEXT, "abc");
	add_masked_text(&in, WS_FIN | WS_CONTINUATION, "def");
	ck_assert_uint_eq(count_allocations(&input, in.bytes, in.len), 1);
	buf_free(&in);
	ws_partial_free_spare();
}
