/* SPDX-License-Identifier: MIT */
/* shared/access/selector.c: which channels a claim of a token is for. */
#include "config.h"

#include <string.h>

#include "shared/access/selector.h"
#include "shared/model/rules.h"
#include "tests/unit/suite.h"

static bool
matches(const char *selector, const char *channel)
{
	return selector_matches(text_of(selector), text_of(channel));
}

static bool
is_faulty(const char *selector)
{
	return selector_fault(text_of(selector)) != NULL;
}

TEST(a_name_matches_itself_only)
{
	ck_assert(matches("orders-42", "orders-42"));
	ck_assert(!matches("orders-42", "orders-421"));
	ck_assert(!matches("orders-42", "orders-4"));
	ck_assert(!matches("orders-42", "Orders-42"));
}

TEST(an_address_is_a_name)
{
	ck_assert(matches("https://example.org/books/1",
			  "https://example.org/books/1"));
	ck_assert(!matches("https://example.org/books/1",
			   "https://example.org/books/12"));
}

TEST(a_star_matches_every_channel)
{
	ck_assert(matches("*", "orders-42"));
	ck_assert(matches("*", "https://example.org/?a#b&c"));
	ck_assert(!matches("*", ""));
}

TEST(a_star_beside_other_characters_is_a_fault_and_matches_nothing)
{
	ck_assert(is_faulty("orders-*"));
	ck_assert(!matches("orders-*", "orders-42"));
	ck_assert(is_faulty("**"));
	ck_assert(!matches("**", "orders-42"));
}

TEST(a_variable_stands_for_one_or_more_characters)
{
	ck_assert(matches("orders-{id}", "orders-42"));
	ck_assert(matches("orders-{id}", "orders-4"));
	ck_assert(!matches("orders-{id}", "orders-"));
	ck_assert(!matches("orders-{id}", "order-42"));
	ck_assert(matches("{id}", "orders-42"));
	ck_assert(matches("{id}-new", "42-new"));
	ck_assert(!matches("{id}-new", "-new"));
	ck_assert(!matches("{id}-new", "42-new-"));
}

TEST(a_variable_stands_for_no_slash_question_mark_hash_or_ampersand)
{
	ck_assert(!matches("orders-{id}", "orders-4/2"));
	ck_assert(!matches("orders-{id}", "orders-4?2"));
	ck_assert(!matches("orders-{id}", "orders-4#2"));
	ck_assert(!matches("orders-{id}", "orders-4&2"));
	ck_assert(matches("orders-{id}", "orders-4%2F2"));
}

TEST(a_template_may_have_several_variables)
{
	ck_assert(matches("https://example.org/users/{id}/books/{book}",
			  "https://example.org/users/7/books/1"));
	ck_assert(!matches("https://example.org/users/{id}/books/{book}",
			   "https://example.org/users/7/8/books/1"));
	ck_assert(!matches("https://example.org/users/{id}/books/{book}",
			   "https://example.org/users/7/books/1/2"));
	ck_assert(matches("{a}-{b}", "x-y-z"));
	ck_assert(matches("{a}-{b}", "--x"));
	ck_assert(!matches("{a}-{b}", "-x"));
	ck_assert(matches("{a}ab{b}ab", "xabyab"));
	ck_assert(!matches("{a}ab{b}ab", "xabab"));
	ck_assert(matches("{a}/b{c}/b", "a/bc/b"));
}

TEST(variables_side_by_side_take_a_character_each)
{
	ck_assert(matches("{a}{b}", "xy"));
	ck_assert(matches("{a}{b}", "xyz"));
	ck_assert(!matches("{a}{b}", "x"));
}

TEST(a_character_of_several_bytes_is_one)
{
	ck_assert(matches("{a}", "\u20ac"));
	ck_assert(matches("\u20ac{a}\u20ac", "\u20ac\u00e9\u20ac"));
	ck_assert(!matches("{a}{b}", "\u20ac"));
	ck_assert(matches("{a}{b}", "\u20ac\u20ac"));
}

TEST(other_templates_are_a_fault_and_match_nothing)
{
	static const char *const templates[] = {
	    "a{+path}", "a{#part}", "a{/path}", "a{?q}",  "a{&q}", "a{;q}",
	    "a{.q}{,}", "a{b*}",    "a{b:3}",	"a{b,c}", "a{}",   "a{b",
	    "a{b{c}}",	"a{b}}",    "a}b{c}",	"a{b c}", "a{b-c}"};

	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
		ck_assert_msg(is_faulty(templates[i]), "%s", templates[i]);
		ck_assert(!matches(templates[i], templates[i]));
		ck_assert(!matches(templates[i], "ab"));
	}
}

TEST(what_is_no_channel_is_a_fault)
{
	ck_assert(is_faulty(""));
	ck_assert(!matches("", "a"));
	ck_assert(is_faulty("a b"));
	ck_assert(!is_faulty("a"));
	ck_assert(!is_faulty("*"));
	ck_assert(!is_faulty("a{b}c{d.e_1}"));
}

TEST(a_selector_over_its_length_is_a_fault)
{
	char longest[SELECTOR_MAX + 1];
	struct text selector = {longest, SELECTOR_MAX};

	memset(longest, 'a', sizeof(longest));
	memcpy(longest, "{a}", 3);
	ck_assert_ptr_null(selector_fault(selector));
	selector.len++;
	ck_assert_ptr_nonnull(selector_fault(selector));
}

TEST(a_template_has_up_to_16_variables)
{
	const char *template = "{a}{a}{a}{a}{a}{a}{a}{a}"
			       "{a}{a}{a}{a}{a}{a}{a}{a}{a}";

	ck_assert(is_faulty(template));
	ck_assert(!is_faulty(template + 3));
	ck_assert(matches(template + 3, "0123456789abcdef"));
	ck_assert(!matches(template + 3, "0123456789abcde"));
}

/* With backtracking this takes 2^16 times as long as one variable does. */
TEST(many_variables_take_no_longer_than_their_number)
{
	const char *template = "{a}a{a}a{a}a{a}a{a}a{a}a{a}a{a}a"
			       "{a}a{a}a{a}a{a}a{a}a{a}a{a}a{a}b";
	char channel[CHANNEL_NAME_MAX + 1] = "";

	memset(channel, 'a', CHANNEL_NAME_MAX);
	for (int i = 0; i < 10000; i++)
		ck_assert(!matches(template, channel));
}
