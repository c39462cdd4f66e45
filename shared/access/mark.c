/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/mark.h"

#include <stdint.h>
#include <string.h>

#include "shared/base/number.h"

enum {
	CLASS_MIN = 2, /* one that is held, and one that is free */
	CLASS_MAX = 65535
};

static bool
read_takes(struct mark *out, struct text word)
{
	if (text_is(word, "worker"))
		out->takes = MARK_WORKER;
	else if (text_is(word, "descriptors"))
		out->takes = MARK_DESCRIPTORS;
	return out->takes != MARK_NOTHING;
}

static bool
read_class(struct mark *out, struct text word)
{
	struct text name;
	uint64_t number;

	if (out->takes != MARK_WORKER || !text_cut(&word, '=', &name) ||
	    !text_is(name, "class") ||
	    !number_parse(&number, word, CLASS_MAX + 1) || number < CLASS_MIN ||
	    number > CLASS_MAX)
		return false;
	out->class = (unsigned int)number;
	return true;
}

static bool
read_words(struct mark *out, const char *text)
{
	struct text word;

	if (!text_word(&text, &word) || !read_takes(out, word))
		return false;
	if (text_word(&text, &word) && !read_class(out, word))
		return false;
	return !text_word(&text, &word);
}

void
mark_read(struct mark *out, const char *text)
{
	*out = (struct mark){0};
	if (text[0] != '\0' && !read_words(out, text))
		*out = (struct mark){.is_bad = true};
}
