/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/conf_text.h"

#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/text.h"
#include "shared/base/xalloc.h"
#include "shared/conf/conf_channel.h"
#include "shared/conf/conf_set.h"
#include "shared/conf/conf_unknown.h"

enum { LINE_SIZE = 1024 }; /* of a line, with its line break and a NUL */

static const char CHANNEL_HEADER[] = "[channel]"; /* for inih */

/* The parser of a text. */
struct parse {
	struct conf *conf;
	const char *name;
	const char *text; /* the rest of it */
	int line;
	int set_on[CONF_SETTINGS]; /* the line, or 0 */
	bool in_channel;	   /* in the last [channel "PATTERN"] */
	bool in_wrong;		   /* in a section that is wrong */
	const struct conf_faults *faults;
	bool failed;
	bool stopped; /* failed, and no more is to be read */
};

/* The file and line, for an error. */
static void
put_where(char where[CONF_WHERE_SIZE], const struct parse *p)
{
	snprintf(where, CONF_WHERE_SIZE, "%.180s:%d", p->name, p->line);
}

static void
tell(struct parse *p, const char *sentence)
{
	p->failed = true;
	p->stopped = !p->faults->tell(p->faults->arg, sentence);
}

static void fail(struct parse *p, const char *format, ...) PRINTF_LIKE(2, 3);

static void
fail(struct parse *p, const char *format, ...)
{
	char where[CONF_WHERE_SIZE], error[CONF_ERROR_SIZE];
	int len;
	va_list args;

	put_where(where, p);
	len = snprintf(error, sizeof(error), "%s: ", where);
	va_start(args, format);
	vsnprintf(error + len, sizeof(error) - (size_t)len, format, args);
	va_end(args);
	tell(p, error);
}

static void
fail_value(struct parse *p, const struct conf_setting *s, const char *value,
	   const char *expected)
{
	char where[CONF_WHERE_SIZE], error[CONF_ERROR_SIZE];

	put_where(where, p);
	conf_error_value(error, s, value, where, expected);
	tell(p, error);
}

/* --- lines ---------------------------------------------------------------- */

/* What precedes a comment, for inih. */
static struct text
without_comment(struct text line)
{
	for (size_t i = 1; i < line.len; i++)
		if (line.bytes[i] == ';' &&
		    strchr(" \t\r\f\v", line.bytes[i - 1]) != NULL)
			line.len = i;
	return line;
}

/* inih ignores any text after the `]`. */
static bool
is_section(struct text line)
{
	const char *end, *close;

	line = without_comment(line);
	end = line.bytes + line.len;
	close = memchr(line.bytes, ']', line.len);
	if (close == NULL)
		return false;
	close++;
	while (close < end && strchr(" \t\r", *close) != NULL)
		close++;
	return close == end || *close == '#';
}

static bool
is_setting(struct text line)
{
	line = without_comment(line);
	return memchr(line.bytes, '=', line.len) != NULL ||
	       memchr(line.bytes, ':', line.len) != NULL;
}

/*
 * Reads the header of a section. inih gets that of a [channel "PATTERN"]
 * without its pattern, which inih would cut after 49 bytes and at a `]`.
 */
static bool
read_header(struct parse *p, struct text *line)
{
	char error[CONF_CHANNEL_ERROR_SIZE];

	p->in_wrong = true;
	p->in_channel = conf_channel_is_header(*line);
	if (!p->in_channel && !is_section(*line))
		fail(p, "expected [section] and nothing after it");
	else if (p->in_channel &&
		 !conf_channel_add(p->conf, *line, p->line, error))
		fail(p, "%s", error);
	else
		p->in_wrong = false;
	if (p->in_channel)
		*line = text_of(CHANNEL_HEADER);
	return !p->in_wrong;
}

/* Removes the next line from the text, without the spaces before it. A comment
 * becomes an empty line. */
static struct text
take_line(struct parse *p)
{
	struct text line = {p->text, strcspn(p->text, "\n")};

	p->line++;
	p->text += line.len + (p->text[line.len] == '\n');
	if (p->line == 1 && line.len >= 3 &&
	    memcmp(line.bytes, "\xef\xbb\xbf", 3) == 0)
		line = (struct text){line.bytes + 3, line.len - 3};
	while (line.len > 0 && (*line.bytes == ' ' || *line.bytes == '\t'))
		line = (struct text){line.bytes + 1, line.len - 1};
	while (line.len > 0 && line.bytes[line.len - 1] == '\r')
		line.len--;
	if (*line.bytes == '#' || *line.bytes == ';')
		line.len = 0;
	return line;
}

/* Refuses what inih would refuse without saying so for each line, or silently
 * misread: it cuts a line that is longer than `size`. */
static bool
read_line(struct parse *p, struct text *line, int size)
{
	if (line->len + 2 > (size_t)size)
		fail(p, "line longer than %d bytes", size - 2);
	else if (line->len > 0 && *line->bytes == '[')
		return read_header(p, line);
	else if (line->len > 0 && !is_setting(*line))
		fail(p, "expected [section] or name = value");
	else
		return true;
	return false;
}

/*
 * Gives inih the next line, or an empty one for one that is wrong, and counts
 * lines. No line is indented: inih takes that for a continuation of the one
 * before.
 */
static char *
next_line(char *out, int size, void *user)
{
	struct parse *p = user;
	struct text line;

	if (p->stopped || *p->text == '\0')
		return NULL;
	line = take_line(p);
	if (!read_line(p, &line, size))
		line.len = 0;
	memcpy(out, line.bytes, line.len);
	memcpy(out + line.len, "\n", 2);
	return out;
}

/* --- settings ------------------------------------------------------------- */

static const struct conf_setting *
find(const char *section, const char *name)
{
	size_t len = strlen(section);

	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		const struct conf_setting *s = &conf_settings[i];

		if (strncmp(s->name, section, len) == 0 &&
		    s->name[len] == '.' && strcmp(s->name + len + 1, name) == 0)
			return s;
	}
	return NULL;
}

/* False: it was set before; fills the error. */
static bool
set_once(struct parse *p, int *set_on, const char *name)
{
	if (*set_on != 0)
		fail(p, "duplicate setting %s, first set on line %d", name,
		     *set_on);
	else
		*set_on = p->line;
	return *set_on == p->line;
}

/* A setting in a [channel "PATTERN"] section. */
static void
set_in_channel(struct parse *p, const char *name, const char *value)
{
	struct channel_section *section =
	    &p->conf->channel_sections[p->conf->channel_section_count - 1];
	char expected[CONF_EXPECTED_SIZE], error[CONF_UNKNOWN_SIZE];

	for (size_t i = 0; i < CONF_CHANNEL_SETTINGS; i++) {
		struct conf_setting s = conf_channel_setting(i);

		if (strcmp(s.name, name) != 0)
			continue;
		if (set_once(p, &section->set_on[i], name) &&
		    !conf_set_field(&section->conf, &s, value, expected))
			fail_value(p, &s, value, expected);
		return;
	}
	conf_unknown_in_channel(error, name);
	fail(p, "%s", error);
}

static void
set_in_section(struct parse *p, const char *section, const char *name,
	       const char *value)
{
	const struct conf_setting *s = find(section, name);
	char expected[CONF_EXPECTED_SIZE], error[CONF_UNKNOWN_SIZE];

	if (s == NULL) {
		p->in_wrong = *section != '\0' && !conf_is_section(section);
		if (p->in_wrong)
			conf_unknown_section(error, section);
		else
			conf_unknown_setting(error, section, name);
		fail(p, "%s", error);
	} else if (set_once(p, &p->set_on[s - conf_settings], s->name) &&
		   !conf_set(p->conf, s, value, expected)) {
		fail_value(p, s, value, expected);
	}
}

/* Called by inih for each setting. */
static int
on_setting(void *user, const char *section, const char *name, const char *value)
{
	struct parse *p = user;

	if (p->stopped || p->in_wrong)
		return 1;
	if (p->in_channel)
		set_in_channel(p, name, value);
	else
		set_in_section(p, section, name, value);
	return 1;
}

bool
conf_read_text_all(struct conf *c, const char *name, const char *text,
		   const struct conf_faults *faults)
{
	struct parse p = {
	    .conf = c, .name = name, .text = text, .faults = faults};
	int wrong_line;

#if HAVE_DECL_INI_MAX_LINE
	/* Debian's inih can be configured; others allow 200 bytes. */
	ini_max_line = LINE_SIZE;
#endif
	wrong_line = ini_parse_stream(next_line, &p, on_setting, &p);
	if (wrong_line < 0)
		xalloc_failed();
	if (wrong_line > 0 && !p.failed) {
		p.line = wrong_line;
		fail(&p, "expected [section] or name = value");
	}
	return !p.failed;
}

bool
conf_read_text(struct conf *c, const char *name, const char *text,
	       char error[CONF_ERROR_SIZE])
{
	struct conf_faults faults = conf_first_fault(error);

	return conf_read_text_all(c, name, text, &faults);
}
