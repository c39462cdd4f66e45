/* SPDX-License-Identifier: MIT */
/* shared/bus/redis_command.c: commands as Redis reads them. */
#include "config.h"

#include "shared/bus/redis_command.h"

#include <stdint.h>

#include "tests/unit/suite.h"

static void
assert_put(struct buf *out, const char *want, size_t len)
{
	ck_assert(buf_ok(out));
	ck_assert_uint_eq(out->len, len);
	ck_assert_mem_eq(out->bytes, want, len);
	buf_free(out);
}

TEST(each_word_follows_its_length)
{
	static const char *const words[] = {"SET", "key of ten", "", NULL};
	static const char want[] =
	    "*3\r\n$3\r\nSET\r\n$10\r\nkey of ten\r\n$0\r\n\r\n";
	struct buf out;

	buf_init(&out, SIZE_MAX);
	redis_command_put_strings(&out, words);
	assert_put(&out, want, sizeof(want) - 1);
}

TEST(a_word_may_have_any_bytes)
{
	static const struct text words[] = {{"GET", 3}, {"\r\n\0\xff", 4}};
	static const char want[] = "*2\r\n$3\r\nGET\r\n$4\r\n\r\n\0\xff\r\n";
	struct buf out;

	buf_init(&out, SIZE_MAX);
	redis_command_put(&out, words, 2);
	assert_put(&out, want, sizeof(want) - 1);
}

TEST(a_command_follows_what_is_there)
{
	static const char *const words[] = {"PING", NULL};
	static const char want[] = "+*1\r\n$4\r\nPING\r\n";
	struct buf out;

	buf_init(&out, SIZE_MAX);
	buf_putc(&out, '+');
	redis_command_put_strings(&out, words);
	assert_put(&out, want, sizeof(want) - 1);
}
