/* SPDX-License-Identifier: MIT */
/*
 * fuzz_query.c - any bytes as a query string.
 *
 * Pairs lie within the text, in order, without overlap, each part followed by
 * a NUL; of a text without '%' and '+' they are the unchanged parts.
 */
#include "config.h"

#include <string.h>

#include "shared/base/number.h"
#include "shared/wire/query.h"
#include "tests/fuzz/fuzz.h"

/* The next pair of a text that needs no decoding. */
static const char *
check_plain(const char *at, const struct query_pair *pair)
{
	struct text name = pair->name, value = pair->value;

	while (*at == '&')
		at++;
	check(memcmp(at, name.bytes, name.len) == 0);
	at += name.len;
	if (value.bytes != name.bytes + name.len)
		check(*at++ == '=');
	check(memcmp(at, value.bytes, value.len) == 0);
	return at + value.len;
}

static void
check_number(struct text text)
{
	uint64_t n = 0;

	if (!number_parse(&n, text, 999999999))
		return;
	check(text.len > 0);
	for (size_t i = 0; i < text.len; i++)
		check(number_is_digit(text.bytes[i]));
	check(n <= 999999999);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1);
	char *before = malloc(len + 1);
	const char *at = before;
	const char *last = text;
	struct query q;
	struct query_pair pair;
	bool plain;

	check(text != NULL && before != NULL);
	if (len > 0) {
		memcpy(text, bytes, len);
		memcpy(before, bytes, len);
	}
	before[len] = '\0';
	plain = strpbrk(before, "%+") == NULL && strlen(before) == len;
	query_init(&q, text, len);
	while (query_next(&q, &pair)) {
		struct text name = pair.name, value = pair.value;

		check(name.bytes >= last && value.bytes >= name.bytes);
		check(value.bytes + value.len <= text + len);
		check(name.bytes[name.len] == '\0');
		check(value.bytes[value.len] == '\0');
		last = value.bytes + value.len;
		check_number(value);
		if (plain)
			at = check_plain(at, &pair);
	}
	check(!plain || at[strspn(at, "&")] == '\0');
	check_number((struct text){before, len});
	free(before);
	free(text);
	return 0;
}
