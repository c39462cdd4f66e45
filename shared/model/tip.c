/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/tip.h"

#include <string.h>

/* Takes the next word, which ends at a space or at the end of the text. False:
 * it is not an id. */
static bool
take_id(struct id *out, struct text *text)
{
	const char *space = memchr(text->bytes, ' ', text->len);
	struct text word = *text;

	if (space != NULL)
		word.len = (size_t)(space - text->bytes);
	text->bytes += word.len;
	text->len -= word.len;
	return id_parse(out, word);
}

bool
tip_parse(struct tip *out, struct text text)
{
	struct tip tip = {.cut_count = 0};

	if (text.bytes == NULL || !take_id(&tip.last, &text))
		return false;
	while (text.len > 0) {
		text.bytes++; /* the space */
		text.len--;
		if (tip.cut_count == TIP_CUTS_MAX ||
		    !take_id(&tip.cuts[tip.cut_count++], &text))
			return false;
	}
	*out = tip;
	return true;
}

bool
tip_has_cut(const struct tip *tip, struct id id)
{
	size_t i;

	for (i = 0; i < tip->cut_count; i++)
		if (id_compare(tip->cuts[i], id) == 0)
			return true;
	return false;
}
