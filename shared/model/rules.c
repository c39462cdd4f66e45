/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/rules.h"

#include <stdbool.h>
#include <string.h>

#include "shared/base/utf8.h"

/* U+0000 to U+001F, U+007F, and U+0080 to U+009F in their UTF-8 form. */
static bool
has_control(struct text text)
{
	unsigned char before = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.bytes[i];

		if (c < 0x20 || c == 0x7F || (before == 0xC2 && c < 0xA0))
			return true;
		before = c;
	}
	return false;
}

const char *
channel_fault(struct text name)
{
	if (name.len == 0)
		return "A channel name must not be empty.";
	if (name.len > CHANNEL_NAME_MAX)
		return "A channel name must not be longer than 255 bytes.";
	if (!utf8_valid(name.bytes, name.len))
		return "A channel name must be UTF-8.";
	if (has_control(name))
		return "A channel name must not contain control characters.";
	for (size_t i = 0; i < name.len; i++) {
		char c = name.bytes[i];

		if (c == ' ')
			return "A channel name must not contain spaces.";
		if (c == '{' || c == '}' || c == '*')
			return "A channel name must not contain {, } or *.";
	}
	return NULL;
}

const char *
event_fault(struct text event)
{
	if (event.len > EVENT_TYPE_MAX)
		return "An event type must not be longer than 64 bytes.";
	if (!utf8_valid(event.bytes, event.len))
		return "An event type must be UTF-8.";
	if (has_control(event))
		return "An event type must not contain control characters.";
	if (text_is(event, "gap") || text_is(event, "cursor") ||
	    text_is(event, "end") || text_is(event, "presence"))
		return "The event types gap, cursor, end and presence are "
		       "reserved.";
	return NULL;
}

const char *
key_fault(struct text key)
{
	if (key.len == 0)
		return "A key must not be empty.";
	if (key.len > PUBLISH_KEY_MAX)
		return "A key must not be longer than 128 bytes.";
	for (size_t i = 0; i < key.len; i++) {
		if (key.bytes[i] <= ' ' || key.bytes[i] > '~')
			return "A key must consist of printable ASCII "
			       "characters without spaces.";
	}
	return NULL;
}

const char *
data_fault(struct text data)
{
	if (data.len > 0 && memchr(data.bytes, '\0', data.len) != NULL)
		return "Data must not contain a NUL.";
	if (!utf8_valid(data.bytes, data.len))
		return "Data must be UTF-8.";
	return NULL;
}

const char *
user_fault(struct text name)
{
	if (name.len == 0)
		return "The name of a user must not be empty.";
	if (name.len > USER_NAME_MAX)
		return "The name of a user must not be longer than 255 bytes.";
	if (!utf8_valid(name.bytes, name.len))
		return "The name of a user must be UTF-8.";
	if (has_control(name))
		return "The name of a user must not contain control "
		       "characters.";
	return NULL;
}

static bool
is_word_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-';
}

const char *
client_fault(struct text name)
{
	bool ok = name.len > 0 && name.len <= CLIENT_NAME_MAX;

	for (size_t i = 0; ok && i < name.len; i++)
		ok = is_word_char(name.bytes[i]);
	return ok ? NULL
		  : "The name of a client (client) must be 1 to 64 of A-Z, "
		    "a-z, 0-9, _ and -.";
}
