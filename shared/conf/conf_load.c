/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/conf_load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/conf/conf_channel.h"
#include "shared/conf/conf_set.h"
#include "shared/conf/conf_text.h"

enum { FILE_MAX_BYTES = 65536 };

static const char VARIABLE_PREFIX[] = "PUSHCGI_";
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
	c->file = path;
	if (ok)
		note_exposed(c, path, in);
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
	char expected[CONF_EXPECTED_SIZE], where[CONF_WHERE_SIZE];
	char shown[CONF_SHOWN_SIZE];

	conf_error_show(shown, entry, (size_t)(name + len - entry));
	snprintf(where, sizeof(where), "environment: %s", shown);
	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		const struct conf_setting *setting = &conf_settings[i];

		if (!is_variable_of(name, len, setting->name))
			continue;
		if (conf_set(c, setting, value, expected))
			return true;
		conf_error_value(error, setting, value, where, expected);
		return false;
	}
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

/* The first line of bus.sentinel_password_file. */
static bool
read_password(struct conf *c, char error[CONF_ERROR_SIZE])
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
		snprintf(error, CONF_ERROR_SIZE,
			 "bus.sentinel_password_file: %.180s: %s", path,
			 in == NULL ? strerror(errno)
				    : "expected a password of 1 to 512 bytes "
				      "on the first line");
	if (in != NULL)
		fclose(in);
	return ok;
}

/* What no setting alone shows. */
static bool
check_all(struct conf *c, char error[CONF_ERROR_SIZE])
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
	if (fault != NULL)
		snprintf(error, CONF_ERROR_SIZE, "%s", fault);
	return fault == NULL && (c->bus_sentinel_password_file[0] == '\0' ||
				 read_password(c, error));
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
	return conf_read_environment(c, environ, error) && check_all(c, error);
}

void
conf_free(struct conf *c)
{
	conf_channel_free(c);
	conf_free_texts(c);
}
