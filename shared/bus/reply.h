/* SPDX-License-Identifier: MIT */
/*
 * reply.h - what a reply of Redis means to the bus. For the files of bus/.
 */
#ifndef SHARED_BUS_REPLY_H
#define SHARED_BUS_REPLY_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/bus/call.h"
#include "shared/bus/redis_conn.h"
#include "shared/model/id.h"
#include "shared/model/message.h"

/* BUS_DOWN for NULL. An error is logged with the name of its command. */
enum bus_status bus_reply_status(const struct redis_reply *reply,
				 const char *command);

/* False: the reply is not an id. */
bool bus_reply_id(struct id *out, const struct redis_reply *reply) MUST_USE;

/* Reconnects after an error of which redis_error_reconnects() is true. True: it
 * is such an error. `reply` may be NULL. */
bool bus_reply_reconnects(struct redis_conn *conn,
			  const struct redis_reply *reply);

/* An error of which redis_error_is_temporary() is true. `reply` may be NULL. */
bool bus_reply_is_temporary(const struct redis_reply *reply) MUST_USE;

/* Does the message obey the rules of message.h? Any program with access to
 * Redis can write there, but techniques trust what they get. */
bool bus_message_is_valid(const struct message *m) MUST_USE;

#endif
