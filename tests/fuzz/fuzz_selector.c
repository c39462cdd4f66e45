/* SPDX-License-Identifier: MIT */
/*
 * fuzz_selector.c - any text as a selector and a channel: the first line is the
 * selector, the rest the channel.
 *
 * The matching, which tries nothing twice, agrees with one that tries
 * everything. A selector with a fault matches nothing.
 */
#include "config.h"

#include <string.h>

#include "shared/access/selector.h"
#include "shared/base/utf8.h"
#include "shared/model/rules.h"
#include "tests/fuzz/fuzz.h"

enum { SHORT = 64 }; /* trying everything takes long */

static bool
can_be_in_variable(char c)
{
	return c != '/' && c != '?' && c != '#' && c != '&';
}

static bool
begins_character(struct text text)
{
	return text.len == 0 || (*text.bytes & 0xC0) != 0x80;
}

static void
next(struct text *text)
{
	text->bytes++;
	text->len--;
}

/* A valid template, by trying every length of every variable. */
static bool
matches(struct text template, struct text channel)
{
	struct text name;

	while (template.len > 0 && *template.bytes != '{') {
		if (channel.len == 0 || *template.bytes != *channel.bytes)
			return false;
		next(&template);
		next(&channel);
	}
	if (template.len == 0)
		return channel.len == 0;
	check(text_cut(&template, '}', &name));
	while (channel.len > 0 && can_be_in_variable(*channel.bytes)) {
		next(&channel);
		if (begins_character(channel) && matches(template, channel))
			return true;
	}
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text channel = {(const char *)bytes, len}, selector;
	bool got;

	if (!text_cut(&channel, '\n', &selector) ||
	    !utf8_valid(selector.bytes, selector.len) ||
	    channel_fault(channel) != NULL)
		return 0;
	got = selector_matches(selector, channel);
	if (selector_fault(selector) != NULL)
		check(!got);
	else if (text_is(selector, "*"))
		check(got);
	else if (selector.len <= SHORT && channel.len <= SHORT / 2)
		check(got == matches(selector, channel));
	return 0;
}
