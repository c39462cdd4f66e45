/* SPDX-License-Identifier: MIT */
/*
 * fuzz_kick.c - any text as a kick, and as the announcement of one.
 *
 * A kick has exactly one text.
 */
#include "config.h"

#include <string.h>

#include "shared/model/kick.h"
#include "tests/fuzz/fuzz.h"

static void
check_kick(const struct kick *kick, const char *text, size_t len)
{
	char out[KICK_TEXT_SIZE];
	struct text back = kick_text(out, kick);

	check(back.len == len && memcmp(back.bytes, text, len) == 0);
	check(strlen(out) == len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	struct kick kick;
	uint64_t ms;

	if (kick_parse(&kick, (struct text){text, len}) == NULL)
		check_kick(&kick, text, len);
	if (kick_parse_announced(&kick, &ms, (struct text){text, len})) {
		check(ms <= UINT64_C(1000) * KICK_SECONDS_MAX);
		check(kick.name.bytes + kick.name.len == text + len);
	}
	return 0;
}
