/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/text.h"

#include <string.h>

struct text
text_of(const char *string)
{
	return (struct text){string, strlen(string)};
}

bool
text_equals(struct text a, struct text b)
{
	return a.len == b.len &&
	       (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

bool
text_is(struct text a, const char *string)
{
	return text_equals(a, text_of(string));
}
