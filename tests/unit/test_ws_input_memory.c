/* SPDX-License-Identifier: MIT */
/* shared/wire/ws_input.c, what it keeps and when there is none; one fact per
 * test; the name is the fact. */
#include "config.h"

#include "shared/wire/ws_input.h"

#include "shared/wire/ws_deflate.h"
#include "tests/unit/nomem.h"
#include "tests/unit/suite.h"
#include "tests/unit/ws_want.h"

enum { IN_MAX = 1 << 22 };

TEST(idle_clients_share_one_spare)
{
	struct ws_said a, b;
	struct buf in;
	size_t asked;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_TEXT, "abc");
	ws_said_init(&a, SAID_MAX, false);
	ws_said_init(&b, SAID_MAX, false);
	ws_said_feed(&a, in.bytes, 5);
	ws_said_feed(&b, in.bytes, 5);
	ws_said_feed(&a, in.bytes + 5, in.len - 5);
	ws_said_feed(&b, in.bytes + 5, in.len - 5);
	buf_clear(&in);
	add_masked_text(&in, WS_FIN | WS_PONG, "x");
	nomem_after(1000);
	for (int i = 0; i < 10; i++) {
		ws_said_feed(&a, in.bytes, in.len);
		ws_said_feed(&b, in.bytes, in.len);
	}
	asked = nomem_asked();
	nomem_off();
	ck_assert_uint_eq(asked, 20); /* the copies in ws_said_feed() */
	assert_says(&a, "text:abc");
	assert_says(&b, "text:abc");
	ws_said_free(&a);
	ws_said_free(&b);
	buf_free(&in);
	ws_input_free_spare();
}

TEST(a_promised_length_takes_no_memory)
{
	struct ws_input *input = NULL;
	struct ws_said s;
	size_t asked;
	bool went_on;

	ws_said_init(&s, (size_t)1 << 40, false);
	nomem_after(2); /* the client's, and room for a few bytes */
	went_on = ws_input_read(&input, &s.reading,
				(const uint8_t *)"\x81\xff\0\0\0\xff\xff\xff"
						 "\xff\xff\0\0\0\0abc",
				17, &s.ended);
	asked = nomem_asked();
	nomem_off();
	ck_assert(went_on);
	ck_assert_uint_le(asked, 2);
	ws_input_free(input);
	ws_said_free(&s);
}

/* Reads it all with `n` allocations; returns whether that was enough. */
static bool
read_without(size_t n, const struct buf *in, struct ws_said *s)
{
	bool refused;
	size_t live;

	ws_said_init(s, SAID_MAX, true);
	buf_printf(&s->texts, "-"); /* ours has room */
	nomem_after(n);
	s->over =
	    !ws_input_read(&s->input, &s->reading, (const uint8_t *)in->bytes,
			   in->len, &s->ended);
	ws_input_free(s->input);
	s->input = NULL;
	ws_input_free_spare();
	ws_deflate_free();
	refused = nomem_off();
	live = nomem_live();
	ck_assert_uint_le(live, 1); /* out */
	return !refused;
}

TEST(without_memory_it_ends_with_1011)
{
	struct ws_said s;
	struct buf in;
	size_t n;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_TEXT, "abc");
	add_masked_text(&in, WS_FIN | WS_CONTINUATION, "def");
	add_deflated(&in, "Hello, Hello, Hello, Hello, Hello, Hello, Hello");
	add_masked_text(&in, WS_FIN | WS_TEXT, "");
	add_masked_text(&in, WS_FIN | WS_PING, "p");
	ws_deflate_free();
	for (n = 0; !read_without(n, &in, &s); n++) {
		ck_assert(s.over);
		ck_assert_uint_eq(s.ended.code, WS_CLOSE_ERROR);
		ck_assert_ptr_nonnull(s.ended.reason);
		ws_said_free(&s);
	}
	ck_assert_uint_ge(n, 5);
	ck_assert(!s.over);
	suite_assert_bytes(&s.out, "\x8a\x01p");
	ws_said_free(&s);
	buf_free(&in);
}

TEST(an_response_that_does_not_fit_is_the_end)
{
	struct ws_said s;
	struct buf in;

	buf_init(&in, IN_MAX);
	add_masked_text(&in, WS_FIN | WS_PING, "p");
	add_masked_text(&in, WS_FIN | WS_PING, "q");
	ws_said_init(&s, SAID_MAX, false);
	s.out.max = 4;
	ws_said_feed(&s, in.bytes, in.len);
	ck_assert(s.over);
	ck_assert_uint_eq(s.ended.code, WS_CLOSE_ERROR);
	ws_said_free(&s);
	buf_free(&in);
}
