/* SPDX-License-Identifier: MIT */
/*
 * fuzz_query.c - any bytes as a query string.
 *
 * Pairs lie in the text, in order, apart from each other, each part with a NUL
 * after it; a text without '%' and '+' is found again in them.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/number.h"
#include "shared/wire/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check(bool truth)
{
	if (!truth)
		abort();
}

/* The next pair of a text that needs no decoding. */
static const char *
check_plain(const char *at, const struct query_pair *pair)
{
	while (*at == '&')
		at++;
	check(memcmp(at, pair->name, pair->name_len) == 0);
	at += pair->name_len;
	if (pair->value != pair->name + pair->name_len)
		check(*at++ == '=');
	check(memcmp(at, pair->value, pair->value_len) == 0);
	return at + pair->value_len;
}

static void
check_number(const char *text, size_t len)
{
	uint64_t n = 0;

	if (!number_parse(&n, (struct text){text, len}, 999999999))
		return;
	check(len > 0);
	for (size_t i = 0; i < len; i++)
		check(number_is_digit(text[i]));
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
		check(pair.name >= last && pair.value >= pair.name);
		check(pair.value + pair.value_len <= text + len);
		check(pair.name[pair.name_len] == '\0');
		check(pair.value[pair.value_len] == '\0');
		last = pair.value + pair.value_len;
		check_number(pair.value, pair.value_len);
		if (plain)
			at = check_plain(at, &pair);
	}
	check(!plain || at[strspn(at, "&")] == '\0');
	check_number(before, len);
	free(before);
	free(text);
	return 0;
}
