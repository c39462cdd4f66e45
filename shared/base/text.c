/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/text.h"

#include <string.h>
#include <strings.h>

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
text_equals_secret(struct text a, struct text b)
{
	/* volatile: no compiler may stop at the first difference */
	volatile unsigned char different = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		different |= (unsigned char)(a.bytes[i] ^ b.bytes[i]);
	return different == 0;
}

bool
text_is(struct text a, const char *string)
{
	return text_equals(a, text_of(string));
}

bool
text_equals_nocase(struct text a, struct text b)
{
	return a.len == b.len &&
	       (a.len == 0 || strncasecmp(a.bytes, b.bytes, a.len) == 0);
}

bool
text_is_nocase(struct text a, const char *string)
{
	return text_equals_nocase(a, text_of(string));
}

int
text_compare(const void *a, const void *b)
{
	const struct text *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->bytes, y->bytes, x->len);
}

struct text
text_copy(char **at, struct text a)
{
	char *copy = *at;

	if (a.len > 0)
		memcpy(copy, a.bytes, a.len);
	copy[a.len] = '\0';
	*at = copy + a.len + 1;
	return (struct text){copy, a.len};
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct text
text_trim(struct text a)
{
	while (a.len > 0 && is_blank(a.bytes[a.len - 1]))
		a.len--;
	while (a.len > 0 && is_blank(*a.bytes)) {
		a.bytes++;
		a.len--;
	}
	return a;
}

bool
text_cut(struct text *rest, char c, struct text *before)
{
	const char *at =
	    rest->len == 0 ? NULL : memchr(rest->bytes, c, rest->len);

	if (at == NULL)
		return false;
	*before = (struct text){rest->bytes, (size_t)(at - rest->bytes)};
	rest->bytes = at + 1;
	rest->len -= before->len + 1;
	return true;
}

bool
text_word(const char **list, struct text *word)
{
	const char *at = *list + strspn(*list, " \t");

	*word = (struct text){at, strcspn(at, " \t")};
	*list = at + word->len;
	return word->len > 0;
}
