/* SPDX-License-Identifier: MIT */
/* shared/net/chain.c. */
#include "config.h"

#include "shared/net/chain.h"

#include <fastcgi.h>
#include <string.h>

#include "tests/unit/chain_want.h"
#include "tests/unit/suite.h"

TEST(an_empty_chain_has_no_bytes)
{
	chain_start();
	assert_framed(CHAIN_RAW);
	assert_framed(1);
	chain_stop();
}

TEST(raw_bytes_keep_the_order_they_were_added_in)
{
	struct rcbuf *b = rcbuf_new("block", 5);

	chain_start();
	chain_add(&chain, "one ", 4);
	chain_add_rcbuf(&chain, b);
	chain_add(&chain, " two", 4);
	chain_add(&chain, " three ", 7);
	chain_add_rcbuf(&chain, b);
	buf_puts(&want, "one block two three block");
	assert_framed(CHAIN_RAW);
	ck_assert_uint_eq(chain.content, 25);
	rcbuf_unref(b);
	chain_stop();
}

TEST(small_pieces_are_copied_and_rcbufs_are_not)
{
	char small[] = "small";
	struct rcbuf *b = rcbuf_new("block", 5);

	chain_start();
	chain_add(&chain, small, 5);
	chain_add_rcbuf(&chain, b);
	memset(small, 'X', 5);
	ck_assert(chain_frame(&chain, CHAIN_RAW));
	suite_assert_same(chain.iov[0].iov_base, 5, "small", 5);
	ck_assert_ptr_eq(chain.iov[1].iov_base, b->bytes);
	ck_assert_ptr_eq(chain.iov_rcbuf[1], b);
	ck_assert_ptr_null(chain.iov_rcbuf[0]);
	rcbuf_unref(b);
	chain_stop();
}

TEST(adjacent_small_pieces_are_one_iovec)
{
	chain_start();
	for (int i = 0; i < 100; i++)
		chain_add(&chain, "abc", 3);
	ck_assert(chain_frame(&chain, CHAIN_RAW));
	ck_assert_uint_eq(chain.iov_count, 1);
	ck_assert_uint_eq(chain.len, 300);
	chain_stop();
}

TEST(a_chain_references_its_rcbufs_until_cleared)
{
	struct rcbuf *b = rcbuf_new("block", 5);

	chain_start();
	chain_add_rcbuf(&chain, b);
	chain_add_rcbuf(&chain, b);
	ck_assert_uint_eq(b->refs, 3);
	chain_clear(&chain);
	ck_assert_uint_eq(b->refs, 1);
	assert_framed(CHAIN_RAW);
	rcbuf_unref(b);
	chain_stop();
}

TEST(a_short_chain_is_one_record)
{
	struct rcbuf *b = rcbuf_new("block", 5);

	chain_start();
	chain_add(&chain, "one ", 4);
	chain_add_rcbuf(&chain, b);
	want_stdout(258, "one block");
	assert_framed(258);
	rcbuf_unref(b);
	chain_stop();
}

TEST(chain_end_adds_the_end_of_stdout_and_end_request)
{
	chain_start();
	chain_add(&chain, "bye", 3);
	chain_end(&chain);
	want_stdout(7, "bye");
	want_end(7);
	assert_framed(7);
	chain_stop();
}

TEST(chain_end_alone_is_two_records)
{
	chain_start();
	chain_end(&chain);
	want_end(1);
	assert_framed(1);
	chain_stop();
}

TEST(raw_chain_end_adds_nothing)
{
	chain_start();
	chain_add(&chain, "bye", 3);
	chain_end(&chain);
	buf_puts(&want, "bye");
	assert_framed(CHAIN_RAW);
	chain_stop();
}

/* `len` bytes, in pieces of `piece`, every other one an rcbuf. */
static void
fill(size_t len, size_t piece, struct buf *bytes)
{
	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;
		char *from = buf_extend(bytes, n);
		struct rcbuf *b;

		for (size_t i = 0; i < n; i++)
			from[i] = (char)((at + i) % 251);
		if (at / piece % 2 == 0) {
			chain_add(&chain, from, n);
			continue;
		}
		b = rcbuf_new(from, n);
		chain_add_rcbuf(&chain, b);
		rcbuf_unref(b);
	}
}

TEST(a_long_chain_is_several_records)
{
	static const size_t lens[] = {65534,  65535,  65536,
				      131070, 131071, 300000};
	static const size_t pieces[] = {1000, 65534, 65535, 65536, 300000};
	struct buf bytes;

	chain_start();
	buf_init(&bytes, 1 << 20);
	for (size_t i = 0; i < sizeof lens / sizeof *lens; i++)
		for (size_t j = 0; j < sizeof pieces / sizeof *pieces; j++) {
			buf_clear(&bytes);
			chain_clear(&chain);
			fill(lens[i], pieces[j], &bytes);
			for (size_t at = 0; at < lens[i]; at += 65535)
				want_record(FCGI_STDOUT, 3, bytes.bytes + at,
					    lens[i] - at < 65535 ? lens[i] - at
								 : 65535);
			assert_framed(3);
			buf_put(&want, bytes.bytes, bytes.len);
			assert_framed(CHAIN_RAW);
		}
	buf_free(&bytes);
	chain_stop();
}

TEST(a_chain_may_have_many_pieces)
{
	struct buf bytes;

	chain_start();
	buf_init(&bytes, 1 << 20);
	fill(5000, 3, &bytes);
	buf_put(&want, bytes.bytes, bytes.len);
	assert_framed(CHAIN_RAW);
	buf_free(&bytes);
	chain_stop();
}

/* Frames so many pieces of so many bytes. Returns the number of iovecs. */
static size_t
frame_pieces(size_t count, size_t len)
{
	struct buf bytes;

	buf_init(&bytes, 1 << 20);
	fill(count * len, len, &bytes);
	buf_put(&want, bytes.bytes, bytes.len);
	assert_framed(CHAIN_RAW);
	buf_free(&bytes);
	return chain.iov_count;
}

TEST(many_small_pieces_are_copied_once_into_one)
{
	chain_start();
	ck_assert_uint_eq(frame_pieces(1000, 150), 1);
	chain_stop();
}

TEST(large_pieces_are_not_copied)
{
	chain_start();
	ck_assert_uint_eq(frame_pieces(100, 2000), 100);
	chain_stop();
}

TEST(another_framing_frames_it_again)
{
	chain_start();
	chain_add(&chain, "x", 1);
	want_stdout(1, "x");
	assert_framed(1);
	want_stdout(2, "x");
	assert_framed(2);
	buf_puts(&want, "x");
	assert_framed(CHAIN_RAW);
	chain_stop();
}

TEST(a_piece_added_after_framing_frames_it_again)
{
	chain_start();
	chain_add(&chain, "x", 1);
	ck_assert(chain_frame(&chain, 1));
	chain_add(&chain, "y", 1);
	want_stdout(1, "xy");
	assert_framed(1);
	chain_end(&chain);
	want_stdout(1, "xy");
	want_end(1);
	assert_framed(1);
	chain_stop();
}

TEST(empty_pieces_add_nothing)
{
	struct rcbuf *b = rcbuf_new(NULL, 0);
	struct buf empty;

	chain_start();
	buf_init(&empty, 10);
	chain_add(&chain, NULL, 0);
	chain_add_rcbuf(&chain, b);
	chain_add_buf(&chain, &empty);
	assert_framed(CHAIN_RAW);
	ck_assert_uint_eq(chain.content, 0);
	rcbuf_unref(b);
	chain_stop();
}

TEST(a_bad_buffer_or_no_rcbuf_makes_it_bad_until_cleared)
{
	struct buf bad;

	chain_start();
	buf_init(&bad, 1);
	buf_puts(&bad, "too long");
	chain_add_buf(&chain, &bad);
	ck_assert(!chain_frame(&chain, 1));
	chain_clear(&chain);
	chain_add_rcbuf(&chain, NULL);
	chain_add(&chain, "x", 1);
	ck_assert(!chain_frame(&chain, CHAIN_RAW));
	chain_clear(&chain);
	chain_add(&chain, "x", 1);
	buf_puts(&want, "x");
	assert_framed(CHAIN_RAW);
	buf_free(&bad);
	chain_stop();
}

/* --- without the head of a response --------------------------------------- */

TEST(a_body_begins_where_the_head_ends)
{
	struct rcbuf *b = rcbuf_new("block", 5);

	chain_start();
	chain_add(&chain, "head ", 5);
	chain_add_rcbuf(&chain, b);
	chain_end_head(&chain);
	chain_add(&chain, "one ", 4);
	chain_add(&chain, "two ", 4);
	chain_add_rcbuf(&chain, b);
	buf_puts(&want, "one two block");
	assert_framed(CHAIN_BODY);
	buf_puts(&want, "head blockone two block");
	assert_framed(CHAIN_RAW);
	rcbuf_unref(b);
	chain_stop();
}

TEST(a_small_head_and_a_small_body_are_told_apart)
{
	chain_start();
	chain_add(&chain, "head ", 5);
	chain_end_head(&chain);
	chain_add(&chain, "body", 4);
	buf_puts(&want, "body");
	assert_framed(CHAIN_BODY);
	want_stdout(1, "head body");
	assert_framed(1);
	buf_puts(&want, "body");
	assert_framed(CHAIN_BODY);
	chain_stop();
}

TEST(a_chain_without_head_is_all_body)
{
	chain_start();
	chain_add(&chain, "body", 4);
	buf_puts(&want, "body");
	assert_framed(CHAIN_BODY);
	chain_stop();
}

TEST(a_head_alone_has_no_body)
{
	chain_start();
	chain_add(&chain, "head", 4);
	chain_end_head(&chain);
	chain_end(&chain);
	assert_framed(CHAIN_BODY);
	ck_assert_uint_eq(chain.len, 0);
	chain_stop();
}

TEST(a_cleared_chain_has_no_head)
{
	chain_start();
	chain_add(&chain, "head", 4);
	chain_end_head(&chain);
	chain_clear(&chain);
	chain_add(&chain, "body", 4);
	buf_puts(&want, "body");
	assert_framed(CHAIN_BODY);
	chain_stop();
}
