/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/spool/name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/number.h"
#include "shared/base/text.h"

void
spool_name(char out[SPOOL_NAME_SIZE], const struct spool_entry *e)
{
	snprintf(out, SPOOL_NAME_SIZE,
		 "%020" PRIu64 "-%011" PRIx64 "-%" PRIu64 ".msg", e->number,
		 e->tag, e->tried_ms);
}

static bool
take_hex(uint64_t *out, struct text text)
{
	*out = 0;
	for (size_t i = 0; i < text.len; i++) {
		int digit = number_hex_digit(text.bytes[i]);

		if (digit < 0)
			return false;
		*out = *out << 4 | (uint64_t)digit;
	}
	return true;
}

bool
spool_name_parse(struct spool_entry *e, const char *name)
{
	struct text rest = text_of(name), number, tag, tried;
	char again[SPOOL_NAME_SIZE];

	if (!text_cut(&rest, '-', &number) || !text_cut(&rest, '-', &tag) ||
	    !text_cut(&rest, '.', &tried) ||
	    !number_parse(&e->number, number, UINT64_MAX) ||
	    !take_hex(&e->tag, tag) ||
	    !number_parse(&e->tried_ms, tried, UINT64_MAX))
		return false;
	spool_name(again, e);
	return strcmp(again, name) == 0;
}
