/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/conf_load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/conf/conf_channel.h"
#include "shared/conf/conf_set.h"
#include "shared/conf/conf_text.h"
#include "shared/conf/conf_unknown.h"

enum { FILE_MAX_BYTES = 65536 };

static const char DEFAULT_PATH[] = PUSHCGI_SYSCONFDIR "/pushcgi/push.conf";

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
has_secret(const struct conf *c)
{
	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		const void *field = (const char *)c + conf_settings[i].field;

		if (conf_settings[i].type == CONF_SECRET &&
		    (*(char *const *)field)[0] != '\0')
			return true;
	}
	return c->redis.password[0] != '\0' || c->sentinel.password[0] != '\0';
}

/* Notes that every user of the machine can read a secret. */
static void
note_exposed(struct conf *c, const char *path, FILE *in)
{
	struct stat st;

	if (has_secret(c) && fstat(fileno(in), &st) == 0 &&
	    (st.st_mode & S_IROTH) != 0)
		c->exposed_file = path;
}

static bool tell(const struct conf_faults *faults, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* Returns whether to go on. */
static bool
tell(const struct conf_faults *faults, const char *format, ...)
{
	char error[CONF_ERROR_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(error, sizeof(error), format, args);
	va_end(args);
	return faults->tell(faults->arg, error);
}

static bool
read_file(struct conf *c, const char *path, bool must_exist,
	  const struct conf_faults *faults)
{
	FILE *in = fopen(path, "re");
	struct buf text;
	const char *fault;
	bool ok;

	if (in == NULL) {
		if (!must_exist && (errno == ENOENT || errno == ENOTDIR))
			return true;
		tell(faults, "%.180s: cannot open: %s", path, strerror(errno));
		c->file = path;
		return false;
	}
	buf_init(&text, FILE_MAX_BYTES + 1);
	fault = slurp(&text, in);
	if (fault != NULL)
		tell(faults, "%.180s: cannot read: %s", path, fault);
	ok = fault == NULL && conf_read_text_all(c, path, text.bytes, faults);
	buf_free(&text);
	c->file = path;
	note_exposed(c, path, in);
	fclose(in);
	return ok;
}

bool
conf_read_file(struct conf *c, const char *path, char error[CONF_ERROR_SIZE])
{
	struct conf_faults faults = conf_first_fault(error);

	return read_file(c, path, true, &faults);
}

/* --- the environment ------------------------------------------------------ */

static const struct conf_setting *
find_variable(const char *entry, size_t len)
{
	char name[CONF_VARIABLE_SIZE];

	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		conf_variable(name, &conf_settings[i]);
		if (text_is((struct text){entry, len}, name))
			return &conf_settings[i];
	}
	return NULL;
}

/* Reads `PUSHCGI_...=value`. False: it is wrong; `error` is filled. */
static bool
read_variable(struct conf *c, const char *entry, char error[CONF_ERROR_SIZE])
{
	size_t len = strcspn(entry, "=");
	const struct conf_setting *setting = find_variable(entry, len);
	const char *value = entry[len] == '=' ? entry + len + 1 : "";
	char expected[CONF_EXPECTED_SIZE], where[CONF_WHERE_SIZE];
	char shown[CONF_SHOWN_SIZE], unknown[CONF_UNKNOWN_SIZE];

	conf_error_show(shown, entry, len);
	snprintf(where, sizeof(where), "environment: %s", shown);
	if (setting == NULL) {
		conf_unknown_variable(unknown, shown);
		snprintf(error, CONF_ERROR_SIZE, "%s: %s", where, unknown);
		return false;
	}
	if (conf_set(c, setting, value, expected))
		return true;
	conf_error_value(error, setting, value, where, expected);
	return false;
}

static bool
read_environment(struct conf *c, char *const *environment,
		 const struct conf_faults *faults)
{
	static const char prefix[] = CONF_VARIABLE_PREFIX;
	char error[CONF_ERROR_SIZE];
	bool ok = true;

	for (; *environment != NULL; environment++) {
		const char *entry = *environment;

		if (strncmp(entry, prefix, sizeof(prefix) - 1) != 0 ||
		    strncmp(entry, "PUSHCGI_CONF=", 13) == 0 ||
		    read_variable(c, entry, error))
			continue;
		ok = false;
		if (!tell(faults, "%s", error))
			break;
	}
	return ok;
}

bool
conf_read_environment(struct conf *c, char *const *environment,
		      char error[CONF_ERROR_SIZE])
{
	struct conf_faults faults = conf_first_fault(error);

	return read_environment(c, environment, &faults);
}

/* --- all ------------------------------------------------------------------ */

/* The first line of bus.sentinel_password_file. */
static bool
read_password(struct conf *c, const struct conf_faults *faults)
{
	char password[REDIS_URL_MAX + 2];
	const char *path = c->bus_sentinel_password_file;
	FILE *in = fopen(path, "re");
	bool ok = in != NULL && fgets(password, sizeof(password), in) != NULL;

	if (ok) {
		password[strcspn(password, "\r\n")] = '\0';
		ok = password[0] != '\0' && strlen(password) <= REDIS_URL_MAX;
	}
	if (ok)
		strcpy(c->sentinel.password, password);
	else
		tell(faults, "bus.sentinel_password_file: %.180s: %s", path,
		     in == NULL ? strerror(errno)
				: "expected a password of 1 to 512 bytes on "
				  "the first line");
	if (in != NULL)
		fclose(in);
	return ok;
}

/* What no setting alone shows. */
static bool
check_all(struct conf *c, const struct conf_faults *faults)
{
	const char *fault = NULL;

	if (c->sentinel.count > 0 && c->bus_master[0] == '\0')
		fault = "bus.sentinel needs bus.master, the name by which the "
			"Sentinels know Redis";
	else if (c->sentinel.count == 0 && c->bus_master[0] != '\0')
		fault = "bus.master needs bus.sentinel, the addresses of "
			"Sentinels";
	else if (c->sentinel.count > 0 && c->redis.path[0] != '\0')
		fault = "bus.sentinel needs a bus.url that begins with "
			"redis:// or rediss://";
	if (fault != NULL && !tell(faults, "%s", fault))
		return false;
	if (c->bus_sentinel_password_file[0] != '\0' &&
	    !read_password(c, faults))
		return false;
	return fault == NULL;
}

bool
conf_load_all(struct conf *c, const char *path,
	      const struct conf_faults *faults)
{
	const char *named = path != NULL ? path : getenv("PUSHCGI_CONF");
	bool ok;

	conf_init(c);
	ok = named != NULL ? read_file(c, named, true, faults)
			   : read_file(c, DEFAULT_PATH, false, faults);
	ok = read_environment(c, environ, faults) && ok;
	return ok && check_all(c, faults);
}

bool
conf_load(struct conf *c, const char *path, char error[CONF_ERROR_SIZE])
{
	struct conf_faults faults = conf_first_fault(error);

	return conf_load_all(c, path, &faults);
}

void
conf_free(struct conf *c)
{
	conf_channel_free(c);
	conf_free_texts(c);
}
