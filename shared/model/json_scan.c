/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/json_scan.h"

#include <string.h>

#include "shared/base/utf8.h"

static bool scan_value(struct text *rest, unsigned int depth);

static void
skip(struct text *rest, size_t len)
{
	rest->bytes += len;
	rest->len -= len;
}

/* Skips characters of the set; returns their number. */
static size_t
skip_all(struct text *rest, const char *set)
{
	size_t n = 0;

	while (n < rest->len && rest->bytes[n] != '\0' &&
	       strchr(set, rest->bytes[n]) != NULL)
		n++;
	skip(rest, n);
	return n;
}

/* Skips one character of the set. */
static bool
skip_one(struct text *rest, const char *set)
{
	if (rest->len == 0 || *rest->bytes == '\0' ||
	    strchr(set, *rest->bytes) == NULL)
		return false;
	skip(rest, 1);
	return true;
}

void
json_scan_space(struct text *rest)
{
	skip_all(rest, " \t\n\r");
}

bool
json_scan_char(struct text *rest, char c)
{
	if (rest->len == 0 || *rest->bytes != c)
		return false;
	skip(rest, 1);
	return true;
}

/* What follows a backslash. */
static bool
scan_escape(struct text *rest)
{
	size_t i;

	if (!json_scan_char(rest, 'u'))
		return skip_one(rest, "\"\\/bfnrt");
	for (i = 0; i < 4; i++)
		if (!skip_one(rest, "0123456789abcdefABCDEF"))
			return false;
	return true;
}

bool
json_scan_string(struct text *rest)
{
	const char *start = rest->bytes;

	if (!json_scan_char(rest, '"'))
		return false;
	while (rest->len > 0) {
		unsigned char c = (unsigned char)*rest->bytes;

		if (c < 0x20)
			return false;
		skip(rest, 1);
		if (c == '"')
			return utf8_valid(start, (size_t)(rest->bytes - start));
		if (c == '\\' && !scan_escape(rest))
			return false;
	}
	return false;
}

static bool
scan_number(struct text *rest)
{
	static const char digits[] = "0123456789";

	json_scan_char(rest, '-');
	if (!json_scan_char(rest, '0') && skip_all(rest, digits) == 0)
		return false;
	if (json_scan_char(rest, '.') && skip_all(rest, digits) == 0)
		return false;
	if (!skip_one(rest, "eE"))
		return true;
	skip_one(rest, "+-");
	return skip_all(rest, digits) > 0;
}

static bool
scan_word(struct text *rest, const char *word)
{
	size_t len = strlen(word);

	if (rest->len < len || memcmp(rest->bytes, word, len) != 0)
		return false;
	skip(rest, len);
	return true;
}

/* An element of an array, or a member of an object. */
static bool
scan_item(struct text *rest, bool named, unsigned int depth)
{
	json_scan_space(rest);
	if (named) {
		if (!json_scan_string(rest))
			return false;
		json_scan_space(rest);
		if (!json_scan_char(rest, ':'))
			return false;
	}
	if (!scan_value(rest, depth))
		return false;
	json_scan_space(rest);
	return true;
}

static bool
scan_items(struct text *rest, char end, unsigned int depth)
{
	if (depth > JSON_SCAN_DEPTH_MAX)
		return false;
	json_scan_space(rest);
	if (json_scan_char(rest, end))
		return true;
	do {
		if (!scan_item(rest, end == '}', depth))
			return false;
	} while (json_scan_char(rest, ','));
	return json_scan_char(rest, end);
}

static bool
scan_value(struct text *rest, unsigned int depth)
{
	json_scan_space(rest);
	if (rest->len == 0)
		return false;
	switch (*rest->bytes) {
	case '{':
		skip(rest, 1);
		return scan_items(rest, '}', depth + 1);
	case '[':
		skip(rest, 1);
		return scan_items(rest, ']', depth + 1);
	case '"':
		return json_scan_string(rest);
	case 't':
		return scan_word(rest, "true");
	case 'f':
		return scan_word(rest, "false");
	case 'n':
		return scan_word(rest, "null");
	default:
		return scan_number(rest);
	}
}

bool
json_scan_value(struct text *rest)
{
	return scan_value(rest, 0);
}
