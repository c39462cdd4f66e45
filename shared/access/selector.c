/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/selector.h"

#include <string.h>

#include "shared/model/rules.h"

/* --- templates ------------------------------------------------------------ */

static bool
is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* The text before the next `{`, or all there is. */
static struct text
take_literal(struct text *rest)
{
	struct text literal = *rest;
	const char *brace =
	    rest->len > 0 ? memchr(rest->bytes, '{', rest->len) : NULL;

	if (brace != NULL)
		literal.len = (size_t)(brace - rest->bytes);
	rest->bytes += literal.len;
	rest->len -= literal.len;
	return literal;
}

/* Moves `rest`, which begins with `{`, past {name}. */
static bool
take_variable(struct text *rest)
{
	struct text name;

	if (!text_cut(rest, '}', &name) || name.len < 2)
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (!is_name_character(name.bytes[i]))
			return false;
	return true;
}

static const char *template_fault(struct text template)
{
	size_t variables = 0;

	while (template.len > 0) {
		struct text literal = take_literal(&template);

		if (literal.len > 0 &&
		    memchr(literal.bytes, '}', literal.len) != NULL)
			return "a } without its {";
		if (template.len == 0)
			return NULL;
		if (!take_variable(&template))
			return "a URI template of another kind than {name}";
		if (++variables > SELECTOR_VARIABLES_MAX)
			return "a URI template with over 16 variables";
	}
	return NULL;
}

const char *
selector_fault(struct text selector)
{
	if (text_is(selector, "*"))
		return NULL;
	if (selector.len == 0)
		return "an empty selector";
	if (selector.len > SELECTOR_MAX)
		return "a selector over 1024 bytes";
	if (memchr(selector.bytes, '*', selector.len) != NULL)
		return "a * beside other characters; use {name}";
	if (memchr(selector.bytes, '{', selector.len) == NULL &&
	    channel_fault(selector) != NULL)
		return "not the name of a channel";
	return template_fault(selector);
}

/* --- matching ------------------------------------------------------------- */

/* How many bytes at the start of `channel` a variable can stand for. */
static size_t
span(struct text channel)
{
	size_t n = 0;

	while (n < channel.len && strchr("/?#&", channel.bytes[n]) == NULL)
		n++;
	return n;
}

/* Bytes of the first character. */
static size_t
first_character(struct text channel)
{
	size_t n = 1;

	while (n < channel.len && (channel.bytes[n] & 0xC0) == 0x80)
		n++;
	return n;
}

static void
skip(struct text *text, size_t len)
{
	text->bytes += len;
	text->len -= len;
}

static bool
begins_with(struct text text, struct text start)
{
	return text.len >= start.len &&
	       text_equals((struct text){text.bytes, start.len}, start);
}

/* The rest of the channel is a variable and the last literal. */
static bool
matches_end(struct text channel, struct text literal)
{
	size_t len;

	if (channel.len <= literal.len)
		return false;
	len = channel.len - literal.len;
	if (len < first_character(channel) || len > span(channel))
		return false;
	skip(&channel, len);
	return text_equals(channel, literal);
}

/*
 * Moves `channel` past a variable and the first `literal` that follows it. A
 * later one is never needed: if a variable can stand for all that precedes the
 * later one, then so can the next variable for what is between the two. Hence
 * nothing is tried twice.
 */
static bool
take_until(struct text *channel, struct text literal)
{
	size_t reach = span(*channel), first;
	const char *at;

	if (reach == 0)
		return false;
	first = first_character(*channel);
	if (reach + literal.len < channel->len)
		reach += literal.len;
	else
		reach = channel->len;
	if (reach < first)
		return false;
	at = memmem(channel->bytes + first, reach - first, literal.bytes,
		    literal.len);
	if (at == NULL)
		return false;
	skip(channel, (size_t)(at - channel->bytes) + literal.len);
	return true;
}

static bool
matches_template(struct text template, struct text channel)
{
	struct text literal = take_literal(&template);

	if (!begins_with(channel, literal))
		return false;
	skip(&channel, literal.len);
	while (take_variable(&template)) {
		literal = take_literal(&template);
		if (template.len == 0)
			return matches_end(channel, literal);
		if (!take_until(&channel, literal))
			return false;
	}
	return false;
}

bool
selector_matches(struct text selector, struct text channel)
{
	if (channel.len == 0)
		return false;
	if (text_is(selector, "*"))
		return true;
	if (selector.len == 0 ||
	    memchr(selector.bytes, '{', selector.len) == NULL)
		return text_equals(selector, channel);
	return selector_fault(selector) == NULL &&
	       matches_template(selector, channel);
}
