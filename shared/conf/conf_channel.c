/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/conf_channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/vec.h"
#include "shared/base/xalloc.h"
#include "shared/model/rules.h"

enum { PATTERN_MAX = CHANNEL_NAME_MAX + 1 /* the `*` */ };

/* A setting of a section: one of all channels that a section may override, or,
 * with `own`, one that only sections have; its default is 0. */
struct row {
	const char *name; /* in the section */
	size_t field;	  /* in struct channel_conf */
	size_t inherits;  /* the field in struct conf; unused with `own` */
	const struct conf_setting *own;
};

static const struct conf_setting retain = {
    .name = "retain",
    .type = CONF_CHOICE,
    .fallback = "none",
    .values = "none, last",
    .meaning = "Whether the newest message is kept forever.",
};

/* Each field has the size of an unsigned int. */
static const struct row rows[CONF_CHANNEL_SETTINGS] = {
    {"history.length", offsetof(struct channel_conf, history_length),
     offsetof(struct conf, history_length), NULL},
    {"history.ttl", offsetof(struct channel_conf, history_ttl),
     offsetof(struct conf, history_ttl), NULL},
    {"retain", offsetof(struct channel_conf, retain), 0, &retain},
    {"subscribe", offsetof(struct channel_conf, subscribe),
     offsetof(struct conf, access_subscribe), NULL},
    {"publish", offsetof(struct channel_conf, publish),
     offsetof(struct conf, access_publish), NULL},
    {"presence", offsetof(struct channel_conf, presence),
     offsetof(struct conf, channel_presence), NULL},
    {"gather", offsetof(struct channel_conf, gather),
     offsetof(struct conf, hold_gather), NULL},
};

/* --- lookup --------------------------------------------------------------- */

static bool
matches(const struct channel_section *s, struct text channel)
{
	if (s->is_prefix ? channel.len < s->len : channel.len != s->len)
		return false;
	return memcmp(channel.bytes, s->pattern, s->len) == 0;
}

const struct channel_section *
conf_channel_section(const struct conf *c, struct text channel)
{
	for (size_t i = 0; i < c->channel_section_count; i++)
		if (matches(&c->channel_sections[i], channel))
			return &c->channel_sections[i];
	return NULL;
}

struct channel_conf
conf_channel(const struct conf *c, struct text channel)
{
	const struct channel_section *section =
	    conf_channel_section(c, channel);
	struct channel_conf out = {.retain = RETAIN_NONE};

	for (size_t i = 0; i < CONF_CHANNEL_SETTINGS; i++) {
		const struct row *r = &rows[i];
		char *field = (char *)&out + r->field;

		if (section != NULL && section->set_on[i] != 0)
			memcpy(field, (const char *)&section->conf + r->field,
			       sizeof(unsigned int));
		else if (r->own == NULL)
			memcpy(field, (const char *)c + r->inherits,
			       sizeof(unsigned int));
	}
	return out;
}

int
conf_channel_line(const struct channel_section *section, size_t field)
{
	for (size_t i = 0; i < CONF_CHANNEL_SETTINGS; i++)
		if (rows[i].field == field)
			return section->set_on[i];
	return 0;
}

bool
conf_channel_star(const struct conf *c, struct text channel, size_t field,
		  struct text *star)
{
	const struct channel_section *section =
	    conf_channel_section(c, channel);

	if (section == NULL || !section->is_prefix ||
	    conf_channel_line(section, field) == 0)
		return false;
	*star = (struct text){channel.bytes + section->len,
			      channel.len - section->len};
	return true;
}

const struct channel_section *
conf_channel_cover(const struct conf *c, size_t i)
{
	const struct channel_section *section = &c->channel_sections[i];
	struct text all = {section->pattern, section->len};

	for (size_t k = 0; k < i; k++)
		if (c->channel_sections[k].is_prefix &&
		    matches(&c->channel_sections[k], all))
			return &c->channel_sections[k];
	return NULL;
}

unsigned int
conf_publish_ways(const struct conf *c)
{
	unsigned int ways = c->access_publish;

	for (size_t i = 0; i < c->channel_section_count; i++)
		ways |= c->channel_sections[i].conf.publish; /* 0: not set */
	return ways;
}

bool
conf_has_presence(const struct conf *c)
{
	bool has = c->channel_presence != PRESENCE_OFF;

	for (size_t i = 0; i < c->channel_section_count; i++)
		has |= c->channel_sections[i].conf.presence != PRESENCE_OFF;
	return has;
}

/* --- the table ------------------------------------------------------------ */

struct conf_setting
conf_channel_setting(size_t i)
{
	const struct row *r = &rows[i];
	const struct conf_setting *s = r->own;
	struct conf_setting out;

	for (size_t k = 0; s == NULL; k++)
		if (conf_settings[k].field == r->inherits)
			s = &conf_settings[k];
	out = *s;
	out.name = r->name;
	out.field = r->field;
	return out;
}

/* --- the header of a section ---------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct text
skip_blanks(struct text text)
{
	while (text.len > 0 && is_blank(*text.bytes))
		text = (struct text){text.bytes + 1, text.len - 1};
	return text;
}

/* Removes `word` and the spaces after it from the front of `rest`. */
static bool
take(struct text *rest, const char *word)
{
	size_t len = strlen(word);

	if (rest->len < len || memcmp(rest->bytes, word, len) != 0)
		return false;
	rest->bytes += len;
	rest->len -= len;
	*rest = skip_blanks(*rest);
	return true;
}

bool
conf_channel_is_header(struct text line)
{
	return take(&line, "[") && take(&line, "channel") && line.len > 0 &&
	       (*line.bytes == '"' || is_blank(line.bytes[-1]));
}

/* Removes a quoted pattern from the front of `rest`; `out` gets a NUL. False:
 * there is none. */
static bool
take_pattern(struct text *rest, char out[PATTERN_MAX + 2])
{
	size_t n = 0, i;

	if (rest->len == 0 || *rest->bytes != '"')
		return false;
	for (i = 1; i < rest->len && rest->bytes[i] != '"'; i++) {
		if (rest->bytes[i] == '\\' &&
		    (++i == rest->len ||
		     strchr("\"\\", rest->bytes[i]) == NULL))
			return false;
		if (n <= PATTERN_MAX)
			out[n++] = rest->bytes[i];
	}
	if (i == rest->len)
		return false;
	out[n] = '\0';
	rest->bytes += i + 1;
	rest->len -= i + 1;
	*rest = skip_blanks(*rest);
	return true;
}

static bool
read_header(struct text line, char pattern[PATTERN_MAX + 2])
{
	return take(&line, "[") && take(&line, "channel") &&
	       take_pattern(&line, pattern) && take(&line, "]") &&
	       (line.len == 0 || *line.bytes == ';' || *line.bytes == '#');
}

/* NULL, or a sentence about the pattern without its last `*`. */
static const char *
pattern_fault(struct text name, bool is_prefix)
{
	if (is_prefix && name.len == 0)
		return NULL;
	if (memchr(name.bytes, '*', name.len) != NULL)
		return "* may stand only at the end of a pattern.";
	return channel_fault(name);
}

static const struct channel_section *
find_same(const struct conf *c, struct text name, bool is_prefix)
{
	for (size_t i = 0; i < c->channel_section_count; i++) {
		const struct channel_section *s = &c->channel_sections[i];

		if (s->is_prefix == is_prefix && text_is(name, s->pattern))
			return s;
	}
	return NULL;
}

static void
append(struct conf *c, struct text name, bool is_prefix, int line)
{
	char *at = xmalloc(name.len + 1);

	c->channel_sections =
	    vec_grow(c->channel_sections, c->channel_section_count,
		     &c->channel_section_room, sizeof(*c->channel_sections));
	c->channel_sections[c->channel_section_count++] =
	    (struct channel_section){.pattern = at,
				     .len = name.len,
				     .is_prefix = is_prefix,
				     .line = line};
	text_copy(&at, name);
}

/* False: the section cannot be added; fills `error`. */
static bool
may_add(const struct conf *c, struct text name, bool is_prefix,
	char error[CONF_CHANNEL_ERROR_SIZE])
{
	const char *fault = pattern_fault(name, is_prefix);
	const struct channel_section *same = find_same(c, name, is_prefix);

	if (fault != NULL)
		snprintf(error, CONF_CHANNEL_ERROR_SIZE,
			 "invalid pattern of a [channel] section: %s", fault);
	else if (same != NULL)
		snprintf(error, CONF_CHANNEL_ERROR_SIZE,
			 "duplicate [channel] section, first on line %d",
			 same->line);
	else if (c->channel_section_count == CONF_CHANNEL_SECTIONS_MAX)
		snprintf(error, CONF_CHANNEL_ERROR_SIZE,
			 "more than %d [channel] sections",
			 CONF_CHANNEL_SECTIONS_MAX);
	else
		return true;
	return false;
}

bool
conf_channel_add(struct conf *c, struct text line, int line_number,
		 char error[CONF_CHANNEL_ERROR_SIZE])
{
	char pattern[PATTERN_MAX + 2];
	struct text name;
	bool is_prefix;

	if (!read_header(line, pattern)) {
		snprintf(error, CONF_CHANNEL_ERROR_SIZE,
			 "expected [channel \"PATTERN\"] and nothing after "
			 "it; in the quotes, write \" as \\\" and \\ as \\\\");
		return false;
	}
	name = text_of(pattern);
	is_prefix = name.len > 0 && name.bytes[name.len - 1] == '*';
	name.len -= is_prefix;
	if (!may_add(c, name, is_prefix, error))
		return false;
	append(c, name, is_prefix, line_number);
	return true;
}

void
conf_channel_free(struct conf *c)
{
	for (size_t i = 0; i < c->channel_section_count; i++)
		free(c->channel_sections[i].pattern);
	free(c->channel_sections);
	c->channel_sections = NULL;
	c->channel_section_count = c->channel_section_room = 0;
}
