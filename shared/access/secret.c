/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/secret.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/log.h"

#define HOW_TO "Make one: push-token --new-secret, or openssl rand -base64 32."

/* --- parsing -------------------------------------------------------------- */

const char *
secret_text_fault(struct text text)
{
	if (text.len < SECRET_MIN)
		return "A secret must not be shorter than 16 "
		       "characters. " HOW_TO;
	if (text.len > SECRET_MAX)
		return "A secret must not be longer than 256 "
		       "characters. " HOW_TO;
	for (size_t i = 0; i < text.len; i++)
		if (text.bytes[i] < ' ' || text.bytes[i] > '~')
			return "A secret must consist of printable ASCII "
			       "characters. " HOW_TO;
	if (text.bytes[0] == ' ' || text.bytes[text.len - 1] == ' ')
		return "A secret must not begin or end with a space. " HOW_TO;
	return NULL;
}

static void
add(struct secret *s, struct text text)
{
	char *at = s->texts[s->count++];

	text_copy(&at, text);
}

/* Of a file that Apache includes: Define NAME "secret". */
static struct text
without_define(struct text line)
{
	static const char define[] = "Define ";
	const char *quote;

	if (line.len < sizeof(define) - 1 ||
	    memcmp(line.bytes, define, sizeof(define) - 1) != 0 ||
	    line.bytes[line.len - 1] != '"')
		return line;
	line.len--;
	quote = memchr(line.bytes, '"', line.len);
	if (quote == NULL)
		return line;
	return (struct text){quote + 1,
			     (size_t)(line.bytes + line.len - quote - 1)};
}

/* One or two lines. Changes nothing if there is a fault. */
static const char *
take_lines(struct secret *s, struct text text)
{
	struct text lines[SECRETS_MAX];
	size_t count = 0;
	const char *fault = NULL;

	do {
		struct text line;

		if (count == SECRETS_MAX)
			return "The file must not have more than two lines.";
		if (!text_cut(&text, '\n', &line)) {
			line = text;
			text.len = 0;
		}
		line = without_define(line);
		fault = secret_text_fault(line);
		lines[count++] = line;
	} while (fault == NULL && text.len > 0);
	if (fault != NULL)
		return fault;
	s->count = 0;
	explicit_bzero(s->texts, sizeof(s->texts));
	for (size_t i = 0; i < count; i++)
		add(s, lines[i]);
	return NULL;
}

/* --- life ----------------------------------------------------------------- */

static bool
open_file(struct secret *s, const char *path, char fault[SECRET_FAULT_SIZE])
{
	const char *wrong;

	file_text_init(&s->file, path);
	if (file_text_refresh(&s->file) != FILE_TEXT_NEW)
		snprintf(fault, SECRET_FAULT_SIZE,
			 "The secret in %s cannot be read: %s.", path,
			 s->file.fault);
	else if ((wrong = take_lines(s, s->file.text)) != NULL)
		snprintf(fault, SECRET_FAULT_SIZE, "%s: %s", path, wrong);
	else
		return true;
	secret_close(s);
	return false;
}

bool
secret_open(struct secret *s, const char *value, const char *path,
	    char fault[SECRET_FAULT_SIZE])
{
	const char *wrong;

	*s = (struct secret){0};
	if (value[0] == '\0')
		return path[0] == '\0' || open_file(s, path, fault);
	wrong = secret_text_fault(text_of(value));
	if (wrong == NULL)
		add(s, text_of(value));
	else
		snprintf(fault, SECRET_FAULT_SIZE, "%s", wrong);
	return wrong == NULL;
}

void
secret_close(struct secret *s)
{
	file_text_free(&s->file);
	explicit_bzero(s, sizeof(*s));
}

void
secret_refresh(struct secret *s)
{
	const char *path = s->file.path, *fault;

	if (path == NULL)
		return;
	switch (file_text_refresh(&s->file)) {
	case FILE_TEXT_SAME:
		break;
	case FILE_TEXT_UNREADABLE:
		log_warn("secret", "file=\"%s\" reason=\"%s\"", path,
			 s->file.fault);
		break;
	case FILE_TEXT_NEW:
		fault = take_lines(s, s->file.text);
		if (fault != NULL)
			log_warn("secret", "file=\"%s\" reason=\"%s\"", path,
				 fault);
		else
			log_info("secret", "file=\"%s\" secrets=%zu", path,
				 s->count);
		break;
	}
}

/* --- use ------------------------------------------------------------------ */

struct text
secret_at(const struct secret *s, size_t i)
{
	return text_of(s->texts[i]);
}

bool
secret_is(const struct secret *s, struct text text)
{
	bool found = false;

	for (size_t i = 0; i < s->count; i++)
		if (text_equals_secret(secret_at(s, i), text))
			found = true;
	return found;
}
