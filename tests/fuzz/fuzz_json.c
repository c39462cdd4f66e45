/* SPDX-License-Identifier: MIT */
/*
 * fuzz_json.c - any text as a JSON object of which some members are read.
 *
 * What jansson accepts is accepted, with the same values, except for NUL bytes,
 * some of which it ignores. All that is accepted is valid JSON.
 */
#include "config.h"

#include <string.h>

#include "shared/model/json.h"
#include "shared/model/json_scan.h"
#include "tests/fuzz/fuzz.h"

static const struct json_member inner[] = {{.name = "x"}, {.name = NULL}};
static const struct json_member members[] = {
    {.name = "a"},
    {.name = "in", .members = inner},
    {.name = NULL},
};

static void
check_same(const json_t *got, json_t *whole, const char *name)
{
	const json_t *a = json_object_get(got, name);
	const json_t *b = json_object_get(whole, name);

	check((a == NULL) == (b == NULL));
	check(a == NULL || strcmp(name, "in") == 0 || json_equal(a, b));
}

static void
check_members(const json_t *got, json_t *whole)
{
	check_same(got, whole, "a");
	check_same(got, whole, "in");
	check_same(json_object_get(got, "in"), json_object_get(whole, "in"),
		   "x");
}

static void
check_valid(struct text text)
{
	check(json_scan_value(&text));
	json_scan_space(&text);
	check(text.len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *copy = malloc(len + 1); /* its own, so that ASan sees its end */
	struct text text = {copy, len};
	struct problem p;
	json_t *got, *whole;

	check(copy != NULL);
	if (len > 0)
		memcpy(copy, bytes, len);
	got = json_read_object(text, members, "It", &p);
	whole = json_loadb(copy, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(whole) && memchr(copy, '\0', len) == NULL)
		check_members(got, whole);
	if (got != NULL)
		check_valid(text);
	else
		check(p.status == 400 && p.detail[0] != '\0');
	json_decref(got);
	json_decref(whole);
	free(copy);
	return 0;
}
