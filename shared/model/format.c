/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/format.h"

#include <string.h>

#include "shared/base/number.h"

void
format_clear_opening(struct format *format, unsigned int parameters)
{
	memset(format->cors, 0, sizeof(format->cors));
	if (parameters & FORMAT_CALLBACK)
		memset(format->callback, 0, sizeof(format->callback));
	if (parameters & FORMAT_ORIGIN)
		memset(format->origin, 0, sizeof(format->origin));
	if (parameters & FORMAT_PADDING)
		format->padding = 0;
}

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
	       c == '$';
}

bool
format_is_callback(struct text name)
{
	if (name.len == 0 || name.len > FORMAT_CALLBACK_MAX ||
	    !is_letter(name.bytes[0]))
		return false;
	for (size_t i = 1; i < name.len; i++) {
		char c = name.bytes[i];

		if (!is_letter(c) && c != '.' && !number_is_digit(c))
			return false;
	}
	return true;
}
