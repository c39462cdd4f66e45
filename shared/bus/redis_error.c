/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_error.h"

#include <stddef.h>
#include <string.h>

#include "shared/base/text.h"

static const char *const names[] = {
    [REDIS_ERROR_OTHER] = "ERR",
    [REDIS_ERROR_READONLY] = "READONLY",
    [REDIS_ERROR_MASTERDOWN] = "MASTERDOWN",
    [REDIS_ERROR_LOADING] = "LOADING",
    [REDIS_ERROR_CLUSTERDOWN] = "CLUSTERDOWN",
    [REDIS_ERROR_MOVED] = "MOVED",
    [REDIS_ERROR_MISCONF] = "MISCONF",
    [REDIS_ERROR_NOREPLICAS] = "NOREPLICAS",
    [REDIS_ERROR_OOM] = "OOM",
    [REDIS_ERROR_BUSY] = "BUSY",
    [REDIS_ERROR_NOAUTH] = "NOAUTH",
    [REDIS_ERROR_NOPERM] = "NOPERM",
};

/* What a script may not do is an error without a code, in 6.2 and 7. */
static const char FORBIDDEN_IN_SCRIPT[] =
    "The user executing the script can't ";

/* Before AUTH, a command of more than 10 words or a word of more than 16 KB is
 * an error without a code, since 6.2.6. */
static const char UNAUTHENTICATED[] = "Protocol error: unauthenticated ";

static enum redis_error
kind_of_code(struct text code)
{
	size_t i;

	for (i = REDIS_ERROR_OTHER + 1; i < sizeof(names) / sizeof(*names); i++)
		if (text_is(code, names[i]))
			return (enum redis_error)i;
	return REDIS_ERROR_OTHER;
}

/* A code is the first word, or a later one with a '-' before it. */
enum redis_error
redis_error_kind(const char *text)
{
	enum redis_error kind = REDIS_ERROR_OTHER;
	const char *at = text;
	struct text word;

	while (kind == REDIS_ERROR_OTHER && text_word(&at, &word))
		if (*word.bytes == '-')
			kind = kind_of_code(
			    (struct text){word.bytes + 1, word.len - 1});
		else if (word.bytes == text)
			kind = kind_of_code(word);
	if (kind == REDIS_ERROR_OTHER &&
	    strstr(text, FORBIDDEN_IN_SCRIPT) != NULL)
		kind = REDIS_ERROR_NOPERM;
	if (kind == REDIS_ERROR_OTHER && strstr(text, UNAUTHENTICATED) != NULL)
		kind = REDIS_ERROR_NOAUTH;
	return kind;
}

const char *
redis_error_name(enum redis_error kind)
{
	return names[kind];
}

bool
redis_error_reconnects(enum redis_error kind)
{
	return kind == REDIS_ERROR_READONLY || kind == REDIS_ERROR_MASTERDOWN ||
	       kind == REDIS_ERROR_LOADING;
}

bool
redis_error_is_temporary(enum redis_error kind)
{
	switch (kind) {
	case REDIS_ERROR_BUSY:
	case REDIS_ERROR_CLUSTERDOWN:
	case REDIS_ERROR_MISCONF:
	case REDIS_ERROR_NOREPLICAS:
	case REDIS_ERROR_OOM:
	case REDIS_ERROR_NOAUTH:
		return true;
	default:
		return redis_error_reconnects(kind);
	}
}
