/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/reply.h"

#include <stddef.h>

#include "shared/base/log.h"
#include "shared/bus/redis_error.h"
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

bool
bus_reply_reconnects(struct redis_conn *conn, const struct redis_reply *reply)
{
	const char *error = reply != NULL ? redis_reply_error(reply) : NULL;

	if (error == NULL || !redis_error_reconnects(redis_error_kind(error)))
		return false;
	redis_conn_restart(conn, error);
	return true;
}

bool
bus_reply_is_temporary(const struct redis_reply *reply)
{
	const char *error = reply != NULL ? redis_reply_error(reply) : NULL;

	return error != NULL &&
	       redis_error_is_temporary(redis_error_kind(error));
}

bool
bus_message_is_valid(const struct message *m)
{
	return event_fault(m->event) == NULL && data_fault(m->data) == NULL;
}
