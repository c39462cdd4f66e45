/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/reply.h"

#include <stddef.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/model/rules.h"

enum bus_status
bus_reply_status(const struct redis_reply *reply, const char *command)
{
	const char *error;

	if (reply == NULL)
		return BUS_DOWN;
	error = redis_reply_error(reply);
	if (error == NULL)
		return BUS_OK;
	log_error("redis_error", "command=%s reason=\"%s\"", command, error);
	return BUS_REFUSED;
}

bool
bus_reply_id(struct id *out, const struct redis_reply *reply)
{
	struct text text = redis_reply_string(reply);

	return text.len > 0 && id_parse(out, text);
}

static bool
begins_with(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

bool
bus_reply_reconnects(struct redis_conn *conn, const struct redis_reply *reply)
{
	const char *error = reply != NULL ? redis_reply_error(reply) : NULL;

	if (error == NULL || !(begins_with(error, "READONLY") ||
			       begins_with(error, "MASTERDOWN") ||
			       begins_with(error, "LOADING")))
		return false;
	redis_conn_restart(conn, error);
	return true;
}

/* Redis 6.2: ERR Error running script (...): @user_script:1: -OOM command ...
 */
static bool
has_code(const char *error, const char *code)
{
	const char *at = strstr(error, code);
	size_t len = strlen(code);

	while (at != NULL) {
		bool begins = at == error || at[-1] == '-';

		if (begins && (at[len] == ' ' || at[len] == '\0'))
			return true;
		at = strstr(at + 1, code);
	}
	return false;
}

bool
bus_reply_is_temporary(const struct redis_reply *reply)
{
	static const char *const codes[] = {
	    "BUSY",  "LOADING",	    "NOAUTH",	"READONLY",
	    "OOM",   "MISCONF",	    "TRYAGAIN", "MASTERDOWN",
	    "MOVED", "CLUSTERDOWN", "ASK",	"NOREPLICAS"};
	const char *error = reply != NULL ? redis_reply_error(reply) : NULL;

	for (size_t i = 0; error != NULL && i < sizeof(codes) / sizeof(*codes);
	     i++)
		if (has_code(error, codes[i]))
			return true;
	return false;
}

bool
bus_message_is_valid(const struct message *m)
{
	return event_fault(m->event) == NULL && data_fault(m->data) == NULL;
}
