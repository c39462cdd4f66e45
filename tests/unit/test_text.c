/* SPDX-License-Identifier: MIT */
/* shared/base/text.c */
#include "config.h"

#include "shared/base/text.h"

#include "tests/unit/suite.h"

static void
assert_text(struct text got, const char *want)
{
	ck_assert(text_is(got, want));
	ck_assert(text_equals(got, text_of(want)));
}

TEST(equality_compares_length_and_bytes)
{
	ck_assert(text_is(text_of("abc"), "abc"));
	ck_assert(text_is((struct text){0}, ""));
	ck_assert(!text_is(text_of("abc"), "ab"));
	ck_assert(!text_is(text_of("ab"), "abc"));
	ck_assert(!text_is(text_of("abc"), "abC"));
	ck_assert(!text_is((struct text){"a\0b", 3}, "a"));
}

TEST(nocase_ignores_case)
{
	ck_assert(text_is_nocase(text_of("aBc-1"), "Abc-1"));
	ck_assert(text_is_nocase((struct text){0}, ""));
	ck_assert(!text_is_nocase(text_of("abc"), "ab"));
	ck_assert(!text_is_nocase(text_of("abc"), "abd"));
}

TEST(equality_of_secrets_compares_length_and_bytes)
{
	ck_assert(text_equals_secret(text_of("abc"), text_of("abc")));
	ck_assert(text_equals_secret((struct text){0}, text_of("")));
	ck_assert(!text_equals_secret(text_of("abc"), text_of("ab")));
	ck_assert(!text_equals_secret(text_of("abc"), text_of("Abc")));
	ck_assert(!text_equals_secret(text_of("abc"), text_of("abd")));
}

TEST(trim_removes_spaces_and_tabs_at_both_ends)
{
	assert_text(text_trim(text_of(" \t a b\tc \t")), "a b\tc");
	assert_text(text_trim(text_of("a")), "a");
	assert_text(text_trim(text_of(" \t ")), "");
	assert_text(text_trim(text_of("\ra\n")), "\ra\n");
	assert_text(text_trim((struct text){0}), "");
}

TEST(cut_divides_at_the_first_separator)
{
	struct text rest = text_of("a,b,,c"), before;

	ck_assert(text_cut(&rest, ',', &before));
	assert_text(before, "a");
	assert_text(rest, "b,,c");
	ck_assert(text_cut(&rest, ',', &before));
	ck_assert(text_cut(&rest, ',', &before));
	assert_text(before, "");
	assert_text(rest, "c");
}

TEST(cut_without_a_separator_changes_nothing)
{
	struct text rest = text_of("abc"), before = text_of("x");

	ck_assert(!text_cut(&rest, ',', &before));
	assert_text(rest, "abc");
	assert_text(before, "x");
	rest = (struct text){0};
	ck_assert(!text_cut(&rest, ',', &before));
}

TEST(cut_at_the_last_byte_leaves_nothing)
{
	struct text rest = text_of("abc,"), before;

	ck_assert(text_cut(&rest, ',', &before));
	assert_text(before, "abc");
	assert_text(rest, "");
}

TEST(a_copy_has_a_nul_and_moves_the_place)
{
	char room[16], *at = room;
	struct text one = text_copy(&at, text_of("one"));
	struct text none = text_copy(&at, (struct text){NULL, 0});

	ck_assert_str_eq(one.bytes, "one");
	ck_assert_uint_eq(one.len, 3);
	ck_assert_str_eq(none.bytes, "");
	ck_assert_ptr_eq(at, room + 5);
}

TEST(words_are_separated_by_spaces_and_tabs)
{
	const char *list = " \tone two\t \tthree ";
	struct text word;

	ck_assert(text_word(&list, &word));
	assert_text(word, "one");
	ck_assert(text_word(&list, &word));
	assert_text(word, "two");
	ck_assert(text_word(&list, &word));
	assert_text(word, "three");
	ck_assert(!text_word(&list, &word));
	ck_assert(!text_word(&list, &word));
}

TEST(an_empty_list_has_no_word)
{
	const char *empty = "", *blank = " \t ";
	struct text word;

	ck_assert(!text_word(&empty, &word));
	ck_assert(!text_word(&blank, &word));
	ck_assert_str_eq(blank, "");
}
