/* SPDX-License-Identifier: MIT */
/* shared/base/buf.c */
#include "config.h"

#include "shared/base/buf.h"

#include <stdint.h>
#include <string.h>

#include "tests/unit/allocations.h"
#include "tests/unit/suite.h"

TEST(a_new_buffer_is_good_empty_and_allocates_nothing)
{
	struct buf b;

	allocations_start();
	buf_init(&b, 10);
	allocations_stop();
	ck_assert_uint_eq(allocations_count(), 0);
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

TEST(a_nul_is_an_ordinary_byte)
{
	struct buf b;

	buf_init(&b, 100);
	buf_put(&b, "a\0b", 3);
	buf_putc(&b, '\0');
	suite_assert_same(b.bytes, b.len, "a\0b\0", 4);
	buf_free(&b);
}

TEST(null_with_length_zero_is_valid)
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

TEST(growing_keeps_the_bytes)
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

TEST(growing_to_a_million_bytes_takes_at_most_14_allocations)
{
	struct buf b;

	buf_init(&b, 1000000);
	allocations_start();
	for (int i = 0; i < 1000000; i++)
		buf_putc(&b, 'x');
	allocations_stop();
	ck_assert(buf_ok(&b));
	ck_assert_uint_le(allocations_count(), 14);
	buf_free(&b);
}

TEST(printf_writes_texts_of_any_length)
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

TEST(printf_appends)
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

/* Writes two bytes, in the given way. */
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

TEST(one_byte_above_max_makes_it_bad)
{
	for (int way = 0; way < 6; way++) {
		struct buf b;

		buf_init(&b, 5);
		buf_puts(&b, "1234");
		put_two(&b, way);
		if (buf_ok(&b))
			ck_abort_msg("way %d exceeded max", way);
		buf_free(&b);
	}
}

TEST(a_length_near_size_max_makes_it_bad)
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

TEST(a_bad_buffer_ignores_writes)
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

TEST(clearing_makes_it_good_and_keeps_the_memory)
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

TEST(a_freed_buffer_can_be_used_with_the_same_max)
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

TEST(extending_appends_bytes_to_fill)
{
	struct buf b;

	buf_init(&b, 100);
	buf_puts(&b, "a");
	memcpy(buf_extend(&b, 3), "bcd", 3);
	buf_puts(&b, "e");
	suite_assert_bytes(&b, "abcde");
	buf_free(&b);
}

TEST(extending_by_zero_is_valid)
{
	struct buf b;

	buf_init(&b, 0);
	ck_assert_ptr_nonnull(buf_extend(&b, 0));
	ck_assert(buf_ok(&b));
	buf_free(&b);
}

TEST(consuming_removes_the_first_bytes)
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

TEST(consuming_all_or_nothing_is_valid)
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

TEST(consumed_bytes_do_not_count_towards_max)
{
	struct buf b;

	buf_init(&b, 5);
	buf_puts(&b, "12345");
	buf_consume(&b, 3);
	buf_puts(&b, "678");
	suite_assert_bytes(&b, "45678");
	buf_free(&b);
}
