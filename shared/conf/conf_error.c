/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/conf_error.h"

#include <stdio.h>
#include <string.h>

static bool
keep_first(void *arg, const char *sentence)
{
	char *error = arg;

	if (error[0] == '\0')
		snprintf(error, CONF_ERROR_SIZE, "%s", sentence);
	return false;
}

struct conf_faults
conf_first_fault(char error[CONF_ERROR_SIZE])
{
	error[0] = '\0';
	return (struct conf_faults){.tell = keep_first, .arg = error};
}

void
conf_error_show(char out[CONF_SHOWN_SIZE], const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && n < CONF_SHOWN_SIZE - 4) {
		out[n] = text[n] >= ' ' && text[n] <= '~' ? text[n] : '?';
		n++;
	}
	memcpy(out + n, "...", 4);
	if (n == len)
		out[n] = '\0';
}

/* What is added about a mistake that is often made. */
static const char *
hint(const char *value)
{
	size_t len = strlen(value);

	if (strstr(value, " #") != NULL || strstr(value, "\t#") != NULL)
		return "; a comment after a value begins with ;";
	if (len > 1 && strchr("\"'", value[0]) != NULL &&
	    value[len - 1] == value[0])
		return "; write it without quotes";
	return "";
}

void
conf_error_value(char error[CONF_ERROR_SIZE], const struct conf_setting *s,
		 const char *value, const char *where, const char *expected)
{
	char shown[CONF_SHOWN_SIZE];

	conf_error_show(shown, value, strlen(value));
	if (s->type == CONF_SECRET)
		snprintf(error, CONF_ERROR_SIZE, "%s: %s: expected %s", where,
			 s->name, expected);
	else if (s->type == CONF_URL || s->type == CONF_SENTINELS)
		snprintf(error, CONF_ERROR_SIZE, "%s: %s: %s%s", where, s->name,
			 expected, hint(value));
	else
		snprintf(error, CONF_ERROR_SIZE,
			 "%s: %s = \"%s\": expected %s%s", where, s->name,
			 shown, expected, hint(value));
}
