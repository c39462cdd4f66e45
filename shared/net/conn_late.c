/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/conn_late.h"

#include "shared/base/log.h"
#include "shared/net/conn_input.h"

static bool
has_part_of_a_head(const struct conn *conn)
{
	return conn->state == CONN_READING && conn->input != NULL &&
	       (conn->record.id != 0 || conn->input->bytes.len > 0);
}

/* The client may be slow, not gone. False: there is no request to answer. */
static bool
refuse(struct conn *conn)
{
	const struct conn_handler *handler = conn->conns->handler;
	struct problem p;

	conn->late = true;
	if (has_part_of_a_head(conn)) {
		problem_set(&p, 408,
			    "The request's head did not arrive within %u "
			    "seconds (request.timeout).",
			    conn->conns->timeout);
		conn_become(conn, CONN_SERVING);
		handler->bad_head(conn->conns->arg, conn, &p);
		return true;
	}
	if (conn_input_awaits_body(conn)) {
		conn->input->reads_body = false;
		handler->body_late(conn->conns->arg, conn);
		return true;
	}
	return false;
}

static void
log_late(const struct conn *conn)
{
	static const char *const reasons[CONN_CLOSED] = {
	    [CONN_READING] = "the request head is incomplete",
	    [CONN_SERVING] = "the request body is incomplete",
	};
	const char *reason = conn->kind->awaited != NULL ? conn->kind->awaited
							 : reasons[conn->state];

	if (reason != NULL)
		log_info("timeout", "reason=\"%s\"", reason);
}

void
conn_late(struct conn *conn)
{
	if (conn->unwatched) {
		conn_start_reading(conn);
		return;
	}
	log_late(conn);
	if (!refuse(conn))
		conn_close(conn);
}
