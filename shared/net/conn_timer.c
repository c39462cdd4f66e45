/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/conn_timer.h"

#include <stdlib.h>

#include "shared/base/xalloc.h"

static void
timed_out(void *arg)
{
	struct conn *conn = arg;

	free(conn->timer);
	conn->timer = NULL;
	conn->kind->timed_out(conn);
}

void
conn_set_timer(struct conn *conn, uint64_t ms)
{
	if (conn->timer == NULL) {
		conn->timer = xcalloc(1, sizeof(*conn->timer));
		conn->timer->fire = timed_out;
		conn->timer->arg = conn;
	}
	wheel_set(conn->conns->wheel, conn->timer, ms);
}

void
conn_clear_timer(struct conn *conn)
{
	if (conn->timer == NULL)
		return;
	wheel_clear(conn->conns->wheel, conn->timer);
	free(conn->timer);
	conn->timer = NULL;
}
