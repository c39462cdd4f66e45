/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/kick.h"

#include <stdio.h>

#include "shared/base/number.h"

static const struct {
	const char *name;
	const char *(*fault)(struct text name);
} kinds[KICK_KINDS] = {[KICK_USER] = {"user", user_fault},
		       [KICK_CHANNEL] = {"channel", channel_fault},
		       [KICK_CLIENT] = {"client", client_fault}};

const char *
kick_parse(struct kick *out, struct text text)
{
	struct text kind;

	if (text_cut(&text, '=', &kind))
		for (int i = 0; i < KICK_KINDS; i++)
			if (text_is(kind, kinds[i].name)) {
				*out = (struct kick){.kind = i, .name = text};
				return kinds[i].fault(text);
			}
	return "It must be user=NAME, channel=NAME or client=NAME.";
}

struct text
kick_text(char out[KICK_TEXT_SIZE], const struct kick *kick)
{
	int len =
	    snprintf(out, KICK_TEXT_SIZE, "%s=%.*s", kinds[kick->kind].name,
		     (int)kick->name.len, kick->name.bytes);

	return (struct text){.bytes = out, .len = (size_t)len};
}

bool
kick_parse_announced(struct kick *out, uint64_t *ms, struct text text)
{
	struct text word;

	return text_cut(&text, ' ', &word) && text_is(word, "kick") &&
	       text_cut(&text, ' ', &word) &&
	       number_parse(ms, word, UINT64_C(1000) * KICK_SECONDS_MAX) &&
	       kick_parse(out, text) == NULL;
}
