/* SPDX-License-Identifier: MIT */
/*
 * fuzz_origin.c - any lines as an Origin, a Host and a list.
 *
 * If an origin is the same as a host, both consist of harmless characters, and
 * it is the same as itself in a list, in upper case too. With a known scheme it
 * is still the same only if its own is that one. What a list contains is a part
 * of the list.
 */
#include "config.h"

#include <string.h>

#include "shared/access/origin.h"
#include "tests/fuzz/fuzz.h"

static void
check_harmless(struct text text)
{
	static const char harmless[] = "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789.-_:[]/";

	check(text.len > 0);
	for (size_t i = 0; i < text.len; i++)
		check(text.bytes[i] != '\0' &&
		      strchr(harmless, text.bytes[i]) != NULL);
}

static void
check_same(struct text origin, struct text host)
{
	bool http = origin_is_same(origin, host, "http");
	bool https = origin_is_same(origin, host, "https");
	char *self = string_of(origin);
	struct text found;

	check_harmless(origin);
	check_harmless(host);
	check(http != https);
	check(https == (origin.bytes[4] == 's' || origin.bytes[4] == 'S'));
	found = origin_listed(self, origin);
	check(found.bytes == self && found.len == origin.len);
	for (char *p = self; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	check(origin_is_same(text_of(self), host, ""));
	check(origin_listed(self, origin).len == origin.len);
	free(self);
}

static void
check_list(struct text origin, struct text list)
{
	char *copy = string_of(list);
	struct text found = origin_listed(copy, origin);

	if (found.len > 0) {
		check(found.bytes >= copy &&
		      found.bytes + found.len <= copy + strlen(copy));
		check_harmless(found);
		check_harmless(origin);
		check(origin_listed(copy, found).bytes == found.bytes);
	}
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text list = {(const char *)bytes, len}, origin, host;

	if (!text_cut(&list, '\n', &origin) || !text_cut(&list, '\n', &host))
		return 0;
	if (origin_is_same(origin, host, ""))
		check_same(origin, host);
	else
		check(!origin_is_same(origin, host, "http") &&
		      !origin_is_same(origin, host, "https"));
	check_list(origin, list);
	return 0;
}
