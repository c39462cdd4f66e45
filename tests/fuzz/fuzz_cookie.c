/* SPDX-License-Identifier: MIT */
/*
 * fuzz_cookie.c - any bytes as a Cookie header, after a line with a name.
 *
 * The value lies within the header and follows `name=` or `name="`. After
 * another cookie of the name, a header is ambiguous, unless it has none or the
 * same value.
 */
#include "config.h"

#include <string.h>

#include "shared/access/cookie.h"
#include "tests/fuzz/fuzz.h"

/* `value` follows `name` and '=' in `header`. */
static void
check_value(struct text value, struct text header, const char *name)
{
	const char *at = value.bytes;
	size_t len = strlen(name);

	check(at >= header.bytes &&
	      at + value.len <= header.bytes + header.len);
	check(value.len == 0 || memchr(at, ';', value.len) == NULL);
	if (at[-1] == '"')
		check(at[value.len] == '"' && *--at == '"');
	check(at[-1] == '=');
	check((size_t)(at - header.bytes) > len &&
	      memcmp(at - 1 - len, name, len) == 0);
}

/* The header after another cookie of the name. */
static void
check_second(struct text header, const char *name, enum cookie_status status)
{
	size_t len = strlen(name) + sizeof("=\x01other;") - 1;
	char *twice = malloc(len + header.len + 1);
	struct text value;
	enum cookie_status with;

	check(twice != NULL);
	strcpy(twice, name);
	strcat(twice, "=\x01other;");
	if (header.len > 0)
		memcpy(twice + len, header.bytes, header.len);
	with =
	    cookie_find(&value, (struct text){twice, len + header.len}, name);
	if (status == COOKIE_NONE)
		check(with == COOKIE_FOUND && text_is(value, "\x01other"));
	else if (with == COOKIE_FOUND)
		check(text_is(value, "\x01other"));
	else
		check(with == COOKIE_AMBIGUOUS && value.len == 0);
	free(twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text header = {(const char *)bytes, len}, line, value;
	char name[64] = "pushcgi";
	enum cookie_status status;

	if (text_cut(&header, '\n', &line) && line.len > 0 &&
	    line.len < sizeof(name) &&
	    memchr(line.bytes, '\0', line.len) == NULL &&
	    memchr(line.bytes, '=', line.len) == NULL &&
	    memchr(line.bytes, ';', line.len) == NULL &&
	    text_trim(line).len == line.len) {
		memcpy(name, line.bytes, line.len);
		name[line.len] = '\0';
	}
	status = cookie_find(&value, header, name);
	if (status == COOKIE_FOUND)
		check_value(value, header, name);
	else
		check(value.len == 0);
	check_second(header, name, status);
	return 0;
}
