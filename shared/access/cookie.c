/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/cookie.h"

#include <stdbool.h>
#include <stddef.h>

/* Takes the next name=value, trimmed. False: there is none. */
static bool
next_pair(struct text *rest, struct text *pair)
{
	if (rest->len == 0)
		return false;
	if (!text_cut(rest, ';', pair)) {
		*pair = *rest;
		rest->len = 0;
	}
	*pair = text_trim(*pair);
	return true;
}

static struct text
without_quotes(struct text value)
{
	if (value.len >= 2 && value.bytes[0] == '"' &&
	    value.bytes[value.len - 1] == '"')
		return (struct text){value.bytes + 1, value.len - 2};
	return value;
}

enum cookie_status
cookie_find(struct text *value, struct text header, const char *name)
{
	enum cookie_status status = COOKIE_NONE;
	struct text pair, pair_name;

	*value = (struct text){0};
	while (next_pair(&header, &pair)) {
		if (!text_cut(&pair, '=', &pair_name) ||
		    !text_is(pair_name, name))
			continue;
		pair = without_quotes(pair);
		if (status == COOKIE_FOUND && !text_equals(*value, pair)) {
			*value = (struct text){0};
			return COOKIE_AMBIGUOUS;
		}
		*value = pair;
		status = COOKIE_FOUND;
	}
	return status;
}
