/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/conn_stalled.h"

#include "shared/base/clock.h"
#include "shared/base/log.h"

static struct conn *
conn_of(const struct conn_unsent *unsent)
{
	return unsent != NULL ? unsent->conn : NULL;
}

static uint64_t
silence(const struct conn *conn)
{
	return clock_ms() - conn->last_write;
}

/* Tries each once more: this process may have been stopped for as long. */
static void
drop_stalled(struct conns *conns)
{
	struct conn *conn;
	uint64_t since;

	while ((conn = conn_of(TAILQ_FIRST(&conns->queued))) != NULL &&
	       silence(conn) >= CONN_STALLED_MS) {
		since = conn->last_write;
		conn_flush(conn);
		if (conn->last_write > since || conn->state == CONN_CLOSED)
			continue;
		log_info("timeout", "reason=\"the client reads nothing\"");
		conn_close_behind(conn, STATS_CUT_UNREAD);
	}
}

/* A socket becomes writable when most of it is free. What its peer takes before
 * it stops is less, and only seen by writing. */
static void
retry(struct conns *conns)
{
	struct conn *conn, *next;

	for (conn = conn_of(TAILQ_FIRST(&conns->queued));
	     conn != NULL && silence(conn) >= CONN_RETRY_MS; conn = next) {
		next = conn_of(TAILQ_NEXT(conn->unsent, entry));
		if (conn->unsent->retried)
			continue;
		conn->unsent->retried = true;
		conn_flush(conn);
		if (next != NULL && conn_is_drained(next))
			return; /* the rest the next time */
	}
}

static void
look_after_queues(void *arg)
{
	struct conns *conns = arg;
	const struct conn *first;
	uint64_t left;

	drop_stalled(conns);
	retry(conns);
	if ((first = conn_of(TAILQ_FIRST(&conns->queued))) == NULL)
		return;
	left = silence(first) < CONN_STALLED_MS
		   ? CONN_STALLED_MS - silence(first)
		   : 0;
	wheel_set(conns->wheel, &conns->stalled,
		  left < CONN_RETRY_MS ? left : CONN_RETRY_MS);
}

void
conn_stalled_init(struct conns *conns)
{
	conns->stalled.fire = look_after_queues;
	conns->stalled.arg = conns;
}
