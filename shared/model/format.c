/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/format.h"

#include "shared/base/number.h"

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
	       c == '$';
}

bool
format_is_callback(const char *name, size_t len)
{
	size_t i;

	if (len == 0 || len > FORMAT_CALLBACK_MAX || !is_letter(name[0]))
		return false;
	for (i = 1; i < len; i++)
		if (!is_letter(name[i]) && name[i] != '.' &&
		    !number_is_digit(name[i]))
			return false;
	return true;
}
