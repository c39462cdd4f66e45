/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/number.h"

bool
number_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int
number_hex_digit(char c)
{
	if (number_is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Appends a digit. False: above `max`. */
static bool
append(uint64_t *n, char c, uint64_t max)
{
	uint64_t digit = (uint64_t)(c - '0');

	if (digit > max || *n > (max - digit) / 10)
		return false;
	*n = *n * 10 + digit;
	return true;
}

bool
number_take(uint64_t *out, const char **at, const char *end, uint64_t max)
{
	const char *first = *at;
	uint64_t n = 0;

	for (; *at < end && number_is_digit(**at); (*at)++)
		if (!append(&n, **at, max))
			return false;
	*out = n;
	return *at > first && (*first != '0' || *at == first + 1);
}

bool
number_parse(uint64_t *out, struct text text, uint64_t max)
{
	bool fits = true;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < text.len && number_is_digit(text.bytes[i]); i++)
		fits = fits && append(&n, text.bytes[i], max);
	*out = fits ? n : max;
	return text.len > 0 && i == text.len;
}
