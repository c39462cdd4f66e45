/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/tip.h"

#include <string.h>

/* Takes what comes before `end`, or all that is left. */
static struct text
take_until(struct text *text, char end)
{
	const char *at = memchr(text->bytes, end, text->len);
	struct text word = *text;

	if (at != NULL)
		word.len = (size_t)(at - text->bytes);
	text->bytes += word.len;
	text->len -= word.len;
	return word;
}

/* Takes the next word, which ends at a space or at the end of the text. False:
 * it is not an id. */
static bool
take_id(struct id *out, struct text *text)
{
	return id_parse(out, take_until(text, ' '));
}

static void
skip_one(struct text *text)
{
	text->bytes++;
	text->len--;
}

/* `<id>:<end>` */
static bool
take_fork(struct tip_fork *out, struct text *text)
{
	struct text word = take_until(text, ' '), at = take_until(&word, ':');

	if (word.len == 0)
		return false;
	skip_one(&word);
	return id_parse(&out->at, at) && id_parse(&out->end, word);
}

/* `@<server> <fork> ...`, or nothing. */
static bool
take_forks(struct tip *tip, struct text text)
{
	take_until(&text, ' ');
	while (text.len > 0) {
		skip_one(&text);
		if (tip->fork_count == TIP_FORKS_MAX ||
		    !take_fork(&tip->forks[tip->fork_count++], &text))
			return false;
	}
	return true;
}

bool
tip_parse(struct tip *out, struct text text)
{
	struct tip tip = {.cut_count = 0};
	struct text forks;

	if (text.bytes == NULL)
		return false;
	forks = text;
	text = take_until(&forks, '@');
	if (!take_id(&tip.last, &text) || !take_forks(&tip, forks))
		return false;
	while (text.len > 0) {
		skip_one(&text);
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

bool
tip_fork_of(const struct tip *tip, struct id lost, struct id *fork)
{
	bool found = false;
	size_t i;

	for (i = 0; i < tip->fork_count; i++) {
		const struct tip_fork *f = &tip->forks[i];

		if (id_compare(f->at, lost) >= 0 ||
		    id_compare(lost, f->end) > 0 ||
		    (found && id_compare(f->at, *fork) <= 0))
			continue;
		*fork = f->at;
		found = true;
	}
	return found;
}
