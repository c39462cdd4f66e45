/* SPDX-License-Identifier: MIT */
/* shared/model/rules.c */
#include "config.h"

#include "shared/model/rules.h"

#include <string.h>

#include "tests/unit/suite.h"

typedef const char *fault_fn(struct text text);

static void
assert_good(fault_fn *fault, const char *text)
{
	const char *why = fault(text_of(text));

	if (why != NULL)
		ck_abort_msg("%s", why);
}

/* It is refused with a sentence that contains `word`. */
static void
assert_bad_bytes(fault_fn *fault, const char *text, size_t len,
		 const char *word)
{
	const char *why = fault((struct text){text, len});

	if (why == NULL)
		ck_abort_msg("accepted; want a sentence with '%s'", word);
	if (strstr(why, word) == NULL || why[strlen(why) - 1] != '.')
		ck_abort_msg("got '%s' want a sentence with '%s'", why, word);
}

static void
assert_bad(fault_fn *fault, const char *text, const char *word)
{
	assert_bad_bytes(fault, text, strlen(text), word);
}

/* `good` bytes are accepted, one more is not. */
static void
assert_longest(fault_fn *fault, size_t good)
{
	char text[300];

	memset(text, 'a', sizeof text);
	ck_assert_ptr_null(fault((struct text){text, good}));
	assert_bad_bytes(fault, text, good + 1, "longer");
}

/* Every control character is refused; their neighbours are not. */
static void
assert_no_controls(fault_fn *fault)
{
	for (unsigned int c = 0; c < 0x20; c++) {
		const char text[3] = {'a', (char)c, 'b'};

		assert_bad_bytes(fault, text, 3, "control");
	}
	assert_bad(fault, "\x7f", "control");
	for (unsigned int c = 0x80; c < 0xA0; c++) {
		const char text[2] = {'\xc2', (char)c};

		assert_bad_bytes(fault, text, 2, "control");
	}
	assert_good(fault, "!~\xc2\xa0\xc3\x80");
}

TEST(a_channel_is_utf8_text)
{
	assert_good(channel_fault, "a");
	assert_good(channel_fault, "news/sport:2024.html?x=1&y#z");
	assert_good(channel_fault, "\xd0\xbd\xd0\xbe\xd0\xb2\xf0\x9f\x98\x80");
}

TEST(an_empty_channel_is_refused)
{
	assert_bad(channel_fault, "", "empty");
}

TEST(a_channel_has_at_most_255_bytes)
{
	assert_longest(channel_fault, 255);
}

TEST(a_channel_that_is_not_utf8_is_refused)
{
	assert_bad(channel_fault, "a\xff", "UTF-8");
}

TEST(control_characters_in_a_channel_are_refused)
{
	assert_no_controls(channel_fault);
}

TEST(spaces_in_a_channel_are_refused)
{
	assert_bad(channel_fault, "a b", "space");
	assert_bad(channel_fault, " ", "space");
}

TEST(braces_and_asterisks_in_a_channel_are_refused)
{
	assert_bad(channel_fault, "a{b", "{, } or *");
	assert_bad(channel_fault, "a}b", "{, } or *");
	assert_bad(channel_fault, "a*", "{, } or *");
}

TEST(an_event_may_be_empty_and_have_spaces)
{
	assert_good(event_fault, "");
	assert_good(event_fault, "new order {*}");
	ck_assert_ptr_null(event_fault((struct text){NULL, 0}));
}

TEST(an_event_has_at_most_64_bytes)
{
	assert_longest(event_fault, 64);
}

TEST(an_event_that_is_not_utf8_is_refused)
{
	assert_bad(event_fault, "\xc0\x80", "UTF-8");
}

TEST(control_characters_in_an_event_are_refused)
{
	assert_no_controls(event_fault);
}

TEST(gap_cursor_end_and_presence_are_reserved_events)
{
	assert_bad(event_fault, "gap", "reserved");
	assert_bad(event_fault, "cursor", "reserved");
	assert_bad(event_fault, "end", "reserved");
	assert_bad(event_fault, "presence", "reserved");
}

TEST(similar_event_types_are_not_reserved)
{
	assert_good(event_fault, "gaps");
	assert_good(event_fault, "ga");
	assert_good(event_fault, "Gap");
	assert_good(event_fault, "cursors");
	assert_good(event_fault, "Cursor");
}

TEST(a_key_is_printable_ascii)
{
	assert_good(key_fault, "order:42/a{b}*!~");
	for (unsigned int c = 0; c < 0x100; c++) {
		const char text[2] = {'k', (char)c};

		if (c > 0x20 && c < 0x7F)
			ck_assert_ptr_null(key_fault((struct text){text, 2}));
		else
			assert_bad_bytes(key_fault, text, 2, "printable");
	}
}

TEST(an_empty_key_is_refused)
{
	assert_bad(key_fault, "", "empty");
}

TEST(a_key_has_at_most_128_bytes)
{
	assert_longest(key_fault, 128);
}

TEST(data_is_utf8_and_may_be_empty)
{
	assert_good(data_fault, "");
	assert_good(data_fault, "line\r\nline\t\x01\x7f\xc2\x80 \xe2\x82\xac");
	ck_assert_ptr_null(data_fault((struct text){NULL, 0}));
}

TEST(a_nul_in_data_is_refused)
{
	assert_bad_bytes(data_fault, "a\0b", 3, "NUL");
	assert_bad_bytes(data_fault, "ab\0", 3, "NUL");
}

TEST(data_that_is_not_utf8_is_refused)
{
	assert_bad(data_fault, "caf\xe9", "UTF-8");
}

TEST(the_name_of_a_user_is_utf8_without_control_characters)
{
	char longest[USER_NAME_MAX + 1];

	memset(longest, 'u', sizeof(longest));
	ck_assert_ptr_null(user_fault(text_of("Ann \xc3\x96")));
	ck_assert_ptr_null(user_fault((struct text){longest, USER_NAME_MAX}));
	ck_assert_ptr_nonnull(
	    user_fault((struct text){longest, USER_NAME_MAX + 1}));
	ck_assert_ptr_nonnull(user_fault(text_of("")));
	ck_assert_ptr_nonnull(user_fault(text_of("a\nb")));
	ck_assert_ptr_nonnull(user_fault(text_of("\xff")));
}
