/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/conf_unknown.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/conf/conf_channel.h"
#include "shared/conf/conf_error.h"
#include "shared/conf/conf_nearest.h"
#include "shared/conf/conf_table.h"

static const char CHANNEL[] = "channel";

static void
show(char out[CONF_SHOWN_SIZE], const char *text)
{
	conf_error_show(out, text, strlen(text));
}

/* What follows the first dot, or all. */
static struct text
after_dot(const char *name)
{
	const char *dot = strchr(name, '.');

	return text_of(dot != NULL ? dot + 1 : name);
}

static struct text
section_of(size_t i)
{
	const char *name = conf_settings[i].name;

	return (struct text){name, strcspn(name, ".")};
}

/* True: setting `i` is the first of its section. */
static bool
is_first(size_t i)
{
	return i == 0 || !text_equals(section_of(i - 1), section_of(i));
}

/* --- settings ------------------------------------------------------------- */

bool
conf_is_section(const char *section)
{
	for (size_t i = 0; i < CONF_SETTINGS; i++)
		if (is_first(i) && text_is(section_of(i), section))
			return true;
	return false;
}

/* What is in another section is a little less like it. */
static bool
find_setting(struct conf_nearest *n, const char *section, const char *name)
{
	conf_nearest_begin(n, text_of(name));
	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		const char *known = conf_settings[i].name;
		size_t more = !text_is(section_of(i), section);

		conf_nearest_try(n, after_dot(known), i, more);
		conf_nearest_try(n, text_of(known), i, more);
	}
	return conf_nearest_found(n);
}

/* The text of a sentence, which is cut at its end if it is too long. */
struct sentence {
	char *out;
	size_t len;
};

static void put(struct sentence *s, const char *format, ...) PRINTF_LIKE(2, 3);

static void
put(struct sentence *s, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(s->out + s->len, CONF_UNKNOWN_SIZE - s->len, format,
		      args);
	va_end(args);
	s->len += (size_t)n;
	if (s->len >= CONF_UNKNOWN_SIZE)
		s->len = CONF_UNKNOWN_SIZE - 1;
}

static void
put_settings_of(struct sentence *s, const char *section)
{
	const char *before = ": expected one of ";

	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		if (!text_is(section_of(i), section))
			continue;
		put(s, "%s%s", before, after_dot(conf_settings[i].name).bytes);
		before = ", ";
	}
}

void
conf_unknown_setting(char out[CONF_UNKNOWN_SIZE], const char *section,
		     const char *name)
{
	struct sentence s = {.out = out};
	char shown[2][CONF_SHOWN_SIZE];
	struct conf_nearest n;
	struct text in;

	show(shown[0], name);
	show(shown[1], section);
	if (*section == '\0')
		put(&s, "\"%s\" precedes the first [section]", shown[0]);
	else
		put(&s, "unknown setting \"%s\" in section [%s]", shown[0],
		    shown[1]);
	if (!find_setting(&n, section, name)) {
		put_settings_of(&s, section);
		if (strcmp(section, CHANNEL) == 0)
			put(&s, ", or a section [channel \"PATTERN\"]");
		return;
	}
	in = section_of(n.which);
	put(&s, "; did you mean \"%s\"",
	    after_dot(conf_settings[n.which].name).bytes);
	if (!text_is(in, section))
		put(&s, " in section [%.*s]", (int)in.len, in.bytes);
	put(&s, "?");
}

static void
put_settings_of_channels(struct sentence *s)
{
	const char *before = ": expected one of ";

	for (size_t i = 0; i < CONF_CHANNEL_SETTINGS; i++) {
		put(s, "%s%s", before, conf_channel_setting(i).name);
		before = ", ";
	}
}

void
conf_unknown_in_channel(char out[CONF_UNKNOWN_SIZE], const char *name)
{
	struct sentence s = {.out = out};
	char shown[CONF_SHOWN_SIZE];
	struct conf_nearest n;

	show(shown, name);
	conf_nearest_begin(&n, text_of(name));
	for (size_t i = 0; i < CONF_CHANNEL_SETTINGS; i++) {
		struct text known = text_of(conf_channel_setting(i).name);

		conf_nearest_try(&n, known, i, 0);
		n.wanted = after_dot(name); /* access.subscribe */
		conf_nearest_try(&n, known, i, 0);
		n.wanted = text_of(name);
		conf_nearest_try(&n, after_dot(known.bytes), i, 0);
	}
	put(&s, "unknown setting \"%s\" in a [channel \"PATTERN\"] section",
	    shown);
	if (conf_nearest_found(&n))
		put(&s, "; did you mean \"%s\"?",
		    conf_channel_setting(n.which).name);
	else
		put_settings_of_channels(&s);
}

/* --- sections ------------------------------------------------------------- */

static void
put_sections(struct sentence *s)
{
	put(s, ": expected one of ");
	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		struct text in = section_of(i);

		if (is_first(i))
			put(s, "[%.*s], ", (int)in.len, in.bytes);
	}
	put(s, "[channel \"PATTERN\"]");
}

void
conf_unknown_section(char out[CONF_UNKNOWN_SIZE], const char *section)
{
	struct text word = {section, strcspn(section, " \t\"")}, in;
	struct sentence s = {.out = out};
	char shown[CONF_SHOWN_SIZE];
	struct conf_nearest n;

	show(shown, section);
	conf_nearest_begin(&n, word);
	for (size_t i = 0; i < CONF_SETTINGS; i++)
		if (is_first(i) && !text_is(section_of(i), CHANNEL))
			conf_nearest_try(&n, section_of(i), i, 0);
	conf_nearest_try(&n, text_of(CHANNEL), CONF_SETTINGS, 0);
	put(&s, "unknown section [%s]", shown);
	if (!conf_nearest_found(&n)) {
		put_sections(&s);
	} else if (n.which == CONF_SETTINGS) {
		put(&s, "; did you mean [channel \"PATTERN\"]?");
	} else {
		in = section_of(n.which);
		put(&s, "; did you mean [%.*s]?", (int)in.len, in.bytes);
	}
}

/* --- the environment ------------------------------------------------------ */

void
conf_unknown_variable(char out[CONF_UNKNOWN_SIZE], const char *variable)
{
	const size_t prefix = sizeof(CONF_VARIABLE_PREFIX) - 1;
	char name[CONF_VARIABLE_SIZE];
	char meant[CONF_VARIABLE_SIZE + 32] = "";
	struct conf_nearest n;

	conf_nearest_begin(&n, text_of(variable + prefix));
	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		conf_variable(name, &conf_settings[i]);
		conf_nearest_try(&n, text_of(name + prefix), i, 0);
	}
	if (conf_nearest_found(&n)) {
		conf_variable(name, &conf_settings[n.which]);
		snprintf(meant, sizeof(meant), "; did you mean %s?", name);
	}
	snprintf(out, CONF_UNKNOWN_SIZE, "unknown setting%s", meant);
}
