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
	char *error;
	bool failed;
};

/* The file and line, for an error. */
static void
put_where(char where[CONF_WHERE_SIZE], const struct parse *p)
{
	snprintf(where, CONF_WHERE_SIZE, "%.180s:%d", p->name, p->line);
}

static void fail(struct parse *p, const char *format, ...) PRINTF_LIKE(2, 3);

static void
fail(struct parse *p, const char *format, ...)
{
	char where[CONF_WHERE_SIZE];
	int len;
	va_list args;

	put_where(where, p);
	len = snprintf(p->error, CONF_ERROR_SIZE, "%s: ", where);
	va_start(args, format);
	vsnprintf(p->error + len, (size_t)(CONF_ERROR_SIZE - len), format,
		  args);
	va_end(args);
	p->failed = true;
}

/* inih ignores any text after the `]`. */
static bool
is_section(const char *line, size_t len)
{
	const char *close = memchr(line, ']', len);

	if (close == NULL)
		return false;
	close++;
	while (close < line + len && strchr(" \t\r", *close) != NULL)
		close++;
	return close == line + len || *close == ';' || *close == '#';
}

/*
 * Reads the header of a section. inih gets that of a [channel "PATTERN"]
 * without its pattern, which inih would cut after 49 bytes and at a `]`.
 */
static bool
read_header(struct parse *p, struct text *line)
{
	char error[CONF_CHANNEL_ERROR_SIZE];

	p->in_channel = conf_channel_is_header(*line);
	if (!p->in_channel && !is_section(line->bytes, line->len))
		fail(p, "expected [section] and nothing after it");
	else if (p->in_channel &&
		 !conf_channel_add(p->conf, *line, p->line, error))
		fail(p, "%s", error);
	else if (p->in_channel)
		*line = text_of(CHANNEL_HEADER);
	return !p->failed;
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
	if (*line.bytes == '#' || *line.bytes == ';')
		line.len = 0;
	return line;
}

/*
 * Gives inih the next line and counts lines. It also refuses or changes what
 * inih would silently misread: inih cuts a long line, and takes an indented
 * line as a continuation of the one before.
 */
static char *
next_line(char *out, int size, void *user)
{
	struct parse *p = user;
	struct text line;

	if (p->failed || *p->text == '\0')
		return NULL;
	line = take_line(p);
	if (line.len + 2 > (size_t)size) {
		fail(p, "line longer than %d bytes", size - 2);
		return NULL;
	}
	if (line.len > 0 && *line.bytes == '[' && !read_header(p, &line))
		return NULL;
	memcpy(out, line.bytes, line.len);
	memcpy(out + line.len, "\n", 2);
	return out;
}

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
	*set_on = p->line;
	return !p->failed;
}

/* A setting in a [channel "PATTERN"] section. */
static void
set_in_channel(struct parse *p, const char *name, const char *value)
{
	struct channel_section *section =
	    &p->conf->channel_sections[p->conf->channel_section_count - 1];
	char expected[CONF_EXPECTED_SIZE], where[CONF_WHERE_SIZE],
	    shown[CONF_SHOWN_SIZE];

	for (size_t i = 0; i < CONF_CHANNEL_SETTINGS; i++) {
		struct conf_setting s = conf_channel_setting(i);

		if (strcmp(s.name, name) != 0)
			continue;
		if (!set_once(p, &section->set_on[i], name) ||
		    conf_set_field(&section->conf, &s, value, expected))
			return;
		put_where(where, p);
		conf_error_value(p->error, &s, value, where, expected);
		p->failed = true;
		return;
	}
	conf_error_show(shown, name, strlen(name));
	fail(p, "unknown setting \"%s\" in a [channel \"PATTERN\"] section",
	     shown);
}

static void
fail_unknown(struct parse *p, const char *section, const char *name)
{
	char shown[2][CONF_SHOWN_SIZE];

	conf_error_show(shown[0], section, strlen(section));
	conf_error_show(shown[1], name, strlen(name));
	if (*section == '\0')
		fail(p, "\"%s\" precedes the first [section]", shown[1]);
	else
		fail(p, "unknown setting \"%s\" in section [%s]", shown[1],
		     shown[0]);
}

/* Called by inih for each setting. */
static int
on_setting(void *user, const char *section, const char *name, const char *value)
{
	struct parse *p = user;
	const struct conf_setting *s;
	char expected[CONF_EXPECTED_SIZE], where[CONF_WHERE_SIZE];

	if (p->failed)
		return 0;
	if (p->in_channel) {
		set_in_channel(p, name, value);
		return !p->failed;
	}
	s = find(section, name);
	if (s == NULL)
		fail_unknown(p, section, name);
	else if (set_once(p, &p->set_on[s - conf_settings], s->name) &&
		 !conf_set(p->conf, s, value, expected)) {
		put_where(where, p);
		conf_error_value(p->error, s, value, where, expected);
		p->failed = true;
	}
	return !p->failed;
}

bool
conf_read_text(struct conf *c, const char *name, const char *text,
	       char error[CONF_ERROR_SIZE])
{
	struct parse p = {
	    .conf = c, .name = name, .text = text, .error = error};
	int wrong_line;

#if HAVE_DECL_INI_MAX_LINE
	/* Debian's inih can be configured; others allow 200 bytes. */
	ini_max_line = LINE_SIZE;
#endif
	wrong_line = ini_parse_stream(next_line, &p, on_setting, &p);
	if (wrong_line < 0)
		xalloc_failed();
	if (wrong_line > 0 && (!p.failed || wrong_line < p.line)) {
		p.line = wrong_line;
		fail(&p, "expected [section] or name = value");
	}
	return !p.failed;
}
