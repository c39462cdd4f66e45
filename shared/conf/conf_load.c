/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/conf_load.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/base/xalloc.h"
#include "shared/conf/conf_table.h"

enum {
	LINE_SIZE = 1024, /* of a line, with its line break and a NUL */
	FILE_MAX_BYTES = 65536,
	SHOWN_SIZE = 64,
	WHERE_SIZE = 200
};

static const char VARIABLE_PREFIX[] = "PUSHCGI_";
static const char DEFAULT_PATH[] = PUSHCGI_SYSCONFDIR "/pushcgi/push.conf";

/* The parser of a file. */
struct parse {
	struct conf *conf;
	const char *name;
	const char *text; /* the rest of it */
	int line;
	int set_on[CONF_SETTINGS]; /* the line, or 0 */
	char *error;
	bool failed;
};

/* Makes a text fit for an error: short, printable ASCII. */
static void
show(char out[SHOWN_SIZE], const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && n < SHOWN_SIZE - 4) {
		out[n] = text[n] >= ' ' && text[n] <= '~' ? text[n] : '?';
		n++;
	}
	memcpy(out + n, "...", 4);
	if (n == len)
		out[n] = '\0';
}

/* Sets `s`, or fills `error`. The value of a URL, which may contain a password,
 * is not shown. */
static bool
apply(struct conf *c, const struct conf_setting *s, const char *value,
      const char *where, char *error)
{
	char expected[CONF_EXPECTED_SIZE];
	char shown[SHOWN_SIZE];

	if (conf_set(c, s, value, expected))
		return true;
	show(shown, value, strlen(value));
	if (s->type == CONF_URL)
		snprintf(error, CONF_ERROR_SIZE, "%s: %s: %s", where, s->name,
			 expected);
	else
		snprintf(error, CONF_ERROR_SIZE, "%s: %s = \"%s\": expected %s",
			 where, s->name, shown, expected);
	return false;
}

/* The file and line, for an error. */
static void
put_where(char where[WHERE_SIZE], const struct parse *p)
{
	snprintf(where, WHERE_SIZE, "%.180s:%d", p->name, p->line);
}

static void fail(struct parse *p, const char *format, ...) PRINTF_LIKE(2, 3);

static void
fail(struct parse *p, const char *format, ...)
{
	char where[WHERE_SIZE];
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
 * Gives inih the next line and counts lines. It also refuses or changes what
 * inih would silently misread: inih cuts a long line, and takes an indented
 * line as a continuation of the one before.
 */
static char *
next_line(char *line, int size, void *user)
{
	struct parse *p = user;
	const char *start = p->text;
	size_t len = strcspn(start, "\n");

	if (p->failed || *start == '\0')
		return NULL;
	p->line++;
	p->text += len + (start[len] == '\n');
	while (len > 0 && (*start == ' ' || *start == '\t')) {
		start++;
		len--;
	}
	if (*start == '#' || *start == ';')
		len = 0;
	if (len + 2 > (size_t)size) {
		fail(p, "line longer than %d bytes", size - 2);
		return NULL;
	}
	if (*start == '[' && !is_section(start, len)) {
		fail(p, "expected [section] and nothing after it");
		return NULL;
	}
	memcpy(line, start, len);
	memcpy(line + len, "\n", 2);
	return line;
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

/* Called by inih for each setting. */
static int
on_setting(void *user, const char *section, const char *name, const char *value)
{
	struct parse *p = user;
	const struct conf_setting *s = find(section, name);
	char where[WHERE_SIZE];
	char shown[2][SHOWN_SIZE];
	int *set_on;

	if (p->failed)
		return 0;
	if (s == NULL) {
		show(shown[0], section, strlen(section));
		show(shown[1], name, strlen(name));
		if (*section == '\0')
			fail(p, "\"%s\" precedes the first [section]",
			     shown[1]);
		else
			fail(p, "unknown setting \"%s\" in section [%s]",
			     shown[1], shown[0]);
		return 0;
	}
	set_on = &p->set_on[s - conf_settings];
	if (*set_on != 0) {
		fail(p, "duplicate setting %s, first set on line %d", s->name,
		     *set_on);
		return 0;
	}
	*set_on = p->line;
	put_where(where, p);
	p->failed = !apply(p->conf, s, value, where, p->error);
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

/* Reads a file and appends a NUL. Returns NULL, or the error. */
static const char *
slurp(struct buf *text, FILE *in)
{
	char piece[4096];
	size_t len;

	while ((len = fread(piece, 1, sizeof(piece), in)) > 0) {
		if (text->len + len > FILE_MAX_BYTES)
			return "longer than 65536 bytes";
		buf_put(text, piece, len);
	}
	if (ferror(in))
		return strerror(errno);
	buf_putc(text, '\0');
	if (strlen(text->bytes) + 1 != text->len)
		return "contains a NUL byte";
	return NULL;
}

static bool
read_file(struct conf *c, const char *path, bool must_exist,
	  char error[CONF_ERROR_SIZE])
{
	FILE *in = fopen(path, "re");
	struct buf text;
	const char *fault;
	bool ok;

	if (in == NULL) {
		if (!must_exist && (errno == ENOENT || errno == ENOTDIR))
			return true;
		snprintf(error, CONF_ERROR_SIZE, "%.180s: cannot open: %s",
			 path, strerror(errno));
		return false;
	}
	buf_init(&text, FILE_MAX_BYTES + 1);
	fault = slurp(&text, in);
	if (fault != NULL)
		snprintf(error, CONF_ERROR_SIZE, "%.180s: cannot read: %s",
			 path, fault);
	ok = fault == NULL && conf_read_text(c, path, text.bytes, error);
	buf_free(&text);
	fclose(in);
	return ok;
}

bool
conf_read_file(struct conf *c, const char *path, char error[CONF_ERROR_SIZE])
{
	return read_file(c, path, true, error);
}

/* True: `variable`, without its prefix, is `name` in upper case with `_` for
 * the dot. */
static bool
is_variable_of(const char *variable, size_t len, const char *name)
{
	if (strlen(name) != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char want = name[i];

		if (want == '.')
			want = '_';
		else if (want >= 'a' && want <= 'z')
			want = (char)(want - 'a' + 'A');
		if (variable[i] != want)
			return false;
	}
	return true;
}

/* Reads `PUSHCGI_…=value`. */
static bool
read_variable(struct conf *c, const char *entry, char error[CONF_ERROR_SIZE])
{
	const char *name = entry + sizeof(VARIABLE_PREFIX) - 1;
	size_t len = strcspn(name, "=");
	const char *value = name[len] == '=' ? name + len + 1 : "";
	char where[WHERE_SIZE];
	char shown[SHOWN_SIZE];

	show(shown, entry, (size_t)(name + len - entry));
	snprintf(where, sizeof(where), "environment: %s", shown);
	for (size_t i = 0; i < CONF_SETTINGS; i++)
		if (is_variable_of(name, len, conf_settings[i].name))
			return apply(c, &conf_settings[i], value, where, error);
	snprintf(error, CONF_ERROR_SIZE, "%s: unknown setting", where);
	return false;
}

bool
conf_read_environment(struct conf *c, char *const *environment,
		      char error[CONF_ERROR_SIZE])
{
	for (; *environment != NULL; environment++) {
		const char *entry = *environment;

		if (strncmp(entry, VARIABLE_PREFIX,
			    sizeof(VARIABLE_PREFIX) - 1) != 0 ||
		    strncmp(entry, "PUSHCGI_CONF=", 13) == 0)
			continue;
		if (!read_variable(c, entry, error))
			return false;
	}
	return true;
}

bool
conf_load(struct conf *c, const char *path, char error[CONF_ERROR_SIZE])
{
	conf_init(c);
	if (path == NULL)
		path = getenv("PUSHCGI_CONF");
	if (path != NULL ? !read_file(c, path, true, error)
			 : !read_file(c, DEFAULT_PATH, false, error))
		return false;
	return conf_read_environment(c, environ, error);
}
