/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/load/message.h"

#include <string.h>

static bool
begins(const char *text, size_t len, const char *with, size_t *value)
{
	size_t n = strlen(with);

	*value = n;
	return len >= n && memcmp(text, with, n) == 0;
}

static void
read_other(const char *text, size_t len, said_fn *fn, void *arg)
{
	size_t at;

	if (len == 0)
		return;
	if (begins(text, len, "event: cursor", &at) ||
	    begins(text, len, "{\"cursor\":", &at) ||
	    begins(text, len, "{\"messages\":[],", &at))
		fn(arg, SAID_CURSOR, NULL, text, len);
	else if (begins(text, len, "event: gap", &at) ||
		 begins(text, len, "{\"gap\":", &at))
		fn(arg, SAID_GAP, NULL, text, len);
	else if (begins(text, len, "id: ", &at) ||
		 begins(text, len, "id:", &at))
		fn(arg, SAID_ID, NULL, text + at, len - at);
	else
		fn(arg, SAID_OTHER, NULL, text, len);
}

void
message_read(const char *text, size_t len, said_fn *fn, void *arg)
{
	const char *at = text, *end = text + len;
	struct stamp stamp, next;
	bool more = stamp_find(&at, end, &stamp);

	if (!more) {
		read_other(text, len, fn, arg);
		return;
	}
	if (memmem(text, len, "{\"gap\":", 7))
		fn(arg, SAID_GAP, NULL, NULL, 0);
	while (more) {
		more = stamp_find(&at, end, &next);
		fn(arg, SAID_MESSAGE, &stamp, more ? NULL : text,
		   more ? 0 : len);
		stamp = next;
	}
}

/* The last string that is the value of `member`, which is `"NAME":"`. */
static const char *
last_of(const char *text, size_t len, const char *member, size_t *value_len)
{
	const char *end = text + len, *found = NULL, *at = text, *quote;
	size_t n = strlen(member);

	while ((at = memmem(at, (size_t)(end - at), member, n))) {
		at += n;
		found = at;
	}
	if (!found || !(quote = memchr(found, '"', (size_t)(end - found))))
		return NULL;
	*value_len = (size_t)(quote - found);
	return found;
}

const char *
message_cursor(const char *text, size_t len, size_t *cursor_len)
{
	const char *found = last_of(text, len, "\"cursor\":\"", cursor_len);

	return found ? found : last_of(text, len, "\"id\":\"", cursor_len);
}
