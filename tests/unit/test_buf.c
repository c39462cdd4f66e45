/* SPDX-License-Identifier: MIT */
/* shared/base/buf.c, one fact per test; the name is the fact. */
#include "config.h"

#include "shared/base/buf.h"

#include <stdint.h>
#include <string.h>

#include "tests/unit/nomem.h"
#include "tests/unit/suite.h"

TEST(a_new_buffer_is_good_empty_and_allocates_nothing)
{
	struct buf b;

	nomem_after(0);
	buf_init(&b, 10);
	nomem_off();
	ck_assert_uint_eq(nomem_asked(), 0);
	ck_assert_ptr_null(b.bytes);
	suite_assert_bytes(&b, "");
}

TEST(every_kind_of_write_appends)
{
	struct buf b;

	buf_init(&b, 100);
	buf_put(&b, "ab\ncd", 2);
	buf_puts(&b, "-text-");
	buf_putc(&b, 'c');
	buf_put_u64(&b, 42);
	buf_printf(&b, " %s=%d", "n", -7);
	suite_assert_bytes(&b, "ab-text-c42 n=-7");
	buf_free(&b);
}

TEST(a_nul_is_a_byte_like_any_other)
{
	struct buf b;

	buf_init(&b, 100);
	buf_put(&b, "a\0b", 3);
	buf_putc(&b, '\0');
	suite_assert_same(b.bytes, b.len, "a\0b\0", 4);
	buf_free(&b);
}

TEST(putting_nothing_from_nowhere_is_fine)
{
	struct buf b;

	buf_init(&b, 0);
	buf_put(&b, NULL, 0);
	buf_puts(&b, "");
	buf_printf(&b, "%s", "");
	suite_assert_bytes(&b, "");
	buf_free(&b);
}

TEST(numbers_are_written_in_decimal_from_0_to_the_largest)
{
	struct buf b;

	buf_init(&b, 100);
	buf_put_u64(&b, 0);
	buf_putc(&b, ' ');
	buf_put_u64(&b, 10);
	buf_putc(&b, ' ');
	buf_put_u64(&b, UINT64_MAX);
	suite_assert_bytes(&b, "0 10 18446744073709551615");
	buf_free(&b);
}

TEST(bytes_stay_while_the_buffer_grows)
{
	enum { COUNT = 100000 };
	struct buf b;

	buf_init(&b, COUNT);
	for (size_t i = 0; i < COUNT; i++)
		buf_putc(&b, (char)(i % 251));
	ck_assert(buf_ok(&b));
	ck_assert_uint_eq(b.len, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		if (b.bytes[i] != (char)(i % 251))
			ck_abort_msg("byte %zu changed", i);
	}
	buf_free(&b);
}

TEST(growing_to_n_bytes_takes_few_allocations)
{
	struct buf b;

	buf_init(&b, 1000000);
	nomem_after(100);
	for (int i = 0; i < 1000000; i++)
		buf_putc(&b, 'x');
	nomem_off();
	ck_assert(buf_ok(&b));
	ck_assert_uint_le(nomem_asked(), 14);
	buf_free(&b);
}

TEST(printf_of_any_length_is_whole)
{
	char want[1200];

	for (int len = 0; len < (int)sizeof want; len++) {
		struct buf b;

		memset(want, 'a', sizeof want);
		want[len] = '\0';
		buf_init(&b, 2000);
		buf_printf(&b, "%s", want);
		suite_assert_bytes(&b, want);
		buf_free(&b);
	}
}

TEST(printf_goes_on_where_writing_stopped)
{
	char suffix[300];
	struct buf b;

	memset(suffix, 't', sizeof suffix);
	buf_init(&b, 1000);
	for (int i = 0; i < 250; i++)
		buf_putc(&b, 'h');
	buf_printf(&b, "%.*s", (int)sizeof suffix, suffix);
	ck_assert(buf_ok(&b));
	ck_assert_uint_eq(b.len, 550);
	ck_assert_int_eq(b.bytes[249], 'h');
	suite_assert_same(b.bytes + 250, 300, suffix, 300);
	buf_free(&b);
}

TEST(exactly_max_bytes_fit)
{
	struct buf b;

	buf_init(&b, 5);
	buf_puts(&b, "12345");
	suite_assert_bytes(&b, "12345");
	buf_clear(&b);
	buf_printf(&b, "%d", 12345);
	suite_assert_bytes(&b, "12345");
	buf_free(&b);
}

/* Each way of writing one byte more than fits. */
static void
put_two(struct buf *b, int way)
{
	switch (way) {
	case 0:
		buf_put(b, "xy", 2);
		break;
	case 1:
		buf_puts(b, "xy");
		break;
	case 2:
		buf_putc(b, 'x');
		buf_putc(b, 'y');
		break;
	case 3:
		buf_put_u64(b, 42);
		break;
	case 4:
		buf_printf(b, "%d", 42);
		break;
	default:
		ck_assert_ptr_null(buf_extend(b, 2));
		break;
	}
}

TEST(a_byte_more_than_max_turns_it_bad_whatever_writes_it)
{
	for (int way = 0; way < 6; way++) {
		struct buf b;

		buf_init(&b, 5);
		buf_puts(&b, "1234");
		put_two(&b, way);
		if (buf_ok(&b))
			ck_abort_msg("way %d passed max", way);
		buf_free(&b);
	}
}

TEST(a_length_near_the_largest_turns_it_bad)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	buf_puts(&b, "1");
	ck_assert_ptr_null(buf_extend(&b, SIZE_MAX - 1));
	ck_assert(!buf_ok(&b));
	buf_clear(&b);
	buf_puts(&b, "1");
	ck_assert_ptr_null(buf_extend(&b, SIZE_MAX));
	ck_assert(!buf_ok(&b));
	buf_free(&b);
}

TEST(a_bad_buffer_takes_nothing_more)
{
	struct buf b;

	buf_init(&b, 5);
	buf_puts(&b, "1234");
	buf_puts(&b, "56");
	for (int way = 0; way < 6; way++)
		put_two(&b, way);
	buf_putc(&b, 'z');
	ck_assert(!buf_ok(&b));
	ck_assert_ptr_null(buf_extend(&b, 0));
	suite_assert_same(b.bytes, b.len, "1234", 4);
	buf_free(&b);
}

TEST(clearing_makes_it_good_and_keeps_its_memory)
{
	struct buf b;
	char *bytes;

	buf_init(&b, 5);
	buf_puts(&b, "1234");
	bytes = b.bytes;
	buf_puts(&b, "56");
	buf_clear(&b);
	buf_puts(&b, "new");
	ck_assert_ptr_eq(b.bytes, bytes);
	suite_assert_bytes(&b, "new");
	buf_free(&b);
}

TEST(a_freed_buffer_may_be_written_again_up_to_the_same_max)
{
	struct buf b;

	buf_init(&b, 5);
	buf_puts(&b, "123456");
	buf_free(&b);
	ck_assert_ptr_null(b.bytes);
	buf_puts(&b, "12345");
	suite_assert_bytes(&b, "12345");
	buf_putc(&b, '6');
	ck_assert(!buf_ok(&b));
	buf_free(&b);
}

TEST(extending_gives_bytes_to_fill)
{
	struct buf b;

	buf_init(&b, 100);
	buf_puts(&b, "a");
	memcpy(buf_extend(&b, 3), "bcd", 3);
	buf_puts(&b, "e");
	suite_assert_bytes(&b, "abcde");
	buf_free(&b);
}

TEST(extending_by_nothing_is_not_an_error)
{
	struct buf b;

	buf_init(&b, 0);
	ck_assert_ptr_nonnull(buf_extend(&b, 0));
	ck_assert(buf_ok(&b));
	buf_free(&b);
}

TEST(consuming_forgets_the_first_bytes)
{
	struct buf b;

	buf_init(&b, 100);
	buf_puts(&b, "abcdef");
	buf_consume(&b, 2);
	suite_assert_bytes(&b, "cdef");
	buf_puts(&b, "g");
	suite_assert_bytes(&b, "cdefg");
	buf_free(&b);
}

TEST(consuming_all_or_nothing_is_fine)
{
	struct buf b;

	buf_init(&b, 100);
	buf_consume(&b, 0);
	buf_puts(&b, "abc");
	buf_consume(&b, 0);
	suite_assert_bytes(&b, "abc");
	buf_consume(&b, 3);
	suite_assert_bytes(&b, "");
	buf_free(&b);
}

TEST(what_is_consumed_counts_no_more_against_max)
{
	struct buf b;

	buf_init(&b, 5);
	buf_puts(&b, "12345");
	buf_consume(&b, 3);
	buf_puts(&b, "678");
	suite_assert_bytes(&b, "45678");
	buf_free(&b);
}

TEST(no_memory_turns_it_bad_and_leaks_nothing)
{
	char long_text[3000];
	struct buf b;
	size_t n;

	memset(long_text, 'x', sizeof long_text);
	for (n = 0;; n++) {
		bool ok;

		nomem_after(n);
		buf_init(&b, 10000);
		buf_puts(&b, "first");
		buf_put(&b, long_text, 600);
		buf_printf(&b, "%.*s", 2000, long_text);
		ok = buf_ok(&b);
		buf_free(&b);
		if (!nomem_off())
			break;
		ck_assert(!ok);
		ck_assert_uint_eq(nomem_live(), 0);
	}
	ck_assert_uint_eq(n, 3);
}

TEST(no_memory_leaves_what_was_written)
{
	struct buf b;
	char more[1000] = {0};

	buf_init(&b, 10000);
	buf_puts(&b, "first");
	nomem_after(0);
	buf_put(&b, more, sizeof more);
	nomem_off();
	ck_assert(!buf_ok(&b));
	suite_assert_same(b.bytes, b.len, "first", 5);
	buf_free(&b);
}
