/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/conn.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/xalloc.h"

enum {
	LINGER_MS = 2000,
	RELIEF = 8 /* above max_memory, this part of it becomes free */
};

static const unsigned int may_become[] = {
    [CONN_READING] =
	1u << CONN_SERVING | 1u << CONN_LINGERING | 1u << CONN_CLOSED,
    [CONN_SERVING] = 1u << CONN_DRAINING | 1u << CONN_CLOSED,
    [CONN_DRAINING] =
	1u << CONN_READING | 1u << CONN_LINGERING | 1u << CONN_CLOSED,
    [CONN_LINGERING] = 1u << CONN_CLOSED,
    [CONN_CLOSED] = 0,
};

static bool
is_busy(const struct conn *conn)
{
	return conn->state != CONN_READING && conn->state != CONN_CLOSED;
}

void
conn_become(struct conn *conn, enum conn_state state)
{
	assert(may_become[conn->state] & 1u << state);
	conn->conns->fresh -= !conn->began;
	conn->began = true;
	conn->conns->busy -= is_busy(conn);
	conn->conns->draining -= conn->state == CONN_DRAINING;
	conn->state = state;
	conn->conns->busy += is_busy(conn);
	conn->conns->draining += conn->state == CONN_DRAINING;
}

/* --- the conns of a process ----------------------------------------------- */

static void
sweep(struct conns *conns)
{
	struct conn *conn;

	while ((conn = LIST_FIRST(&conns->closed)) != NULL) {
		LIST_REMOVE(conn, entry);
		if (conn->owner != NULL)
			conns->handler->closed(conns->arg, conn);
		conns->count--;
		free(conn);
	}
}

static void
turn_ends(UNUSED struct ev_loop *loop, ev_prepare *watcher, UNUSED int revents)
{
	sweep(watcher->data);
}

void
conns_init(struct conns *conns)
{
	LIST_INIT(&conns->open);
	LIST_INIT(&conns->closed);
	TAILQ_INIT(&conns->queued);
	pending_requests_init(&conns->pending, conns->wheel);
	late_close_init(&conns->late, conns->wheel);
	conns->scratch = xmalloc(CONN_STASH_SIZE + CONN_READ_SIZE);
	ev_prepare_init(&conns->turn_end, turn_ends);
	conns->turn_end.data = conns;
	ev_prepare_start(conns->loop, &conns->turn_end);
}

void
conns_close(struct conns *conns)
{
	while (!LIST_EMPTY(&conns->open))
		conn_close(LIST_FIRST(&conns->open));
	sweep(conns);
	wheel_clear(conns->wheel, &conns->stalled);
	pending_requests_free(&conns->pending);
	late_close_free(&conns->late);
	free(conns->room.asking);
	conns->room.asking = NULL;
	ev_prepare_stop(conns->loop, &conns->turn_end);
	free(conns->scratch);
	conns->scratch = NULL;
	if (conns->spare != NULL)
		buf_free(&conns->spare->bytes);
	free(conns->spare);
	conns->spare = NULL;
}

/* --- the end -------------------------------------------------------------- */

static void
drop_unsent(struct conn *conn)
{
	struct conns *conns = conn->conns;
	struct conn_unsent *unsent = conn->unsent;

	if (unsent == NULL)
		return;
	ev_io_stop(conns->loop, &unsent->writing);
	TAILQ_REMOVE(&conns->queued, unsent, entry);
	queue_free(&unsent->queue);
	free(unsent);
	conn->unsent = NULL;
}

void
conn_close(struct conn *conn)
{
	struct conns *conns = conn->conns;

	if (conn->state == CONN_CLOSED)
		return;
	conn_become(conn, CONN_CLOSED);
	conn_stop_reading(conn);
	drop_unsent(conn);
	conn_clear_timer(conn);
	conn->kind->release(conn);
	LIST_REMOVE(conn, entry);
	LIST_INSERT_HEAD(&conns->closed, conn, entry);
}

void
conn_close_behind(struct conn *conn, enum stats_cut reason)
{
	if (conn->state != CONN_CLOSED)
		stats_cut(reason);
	conn->behind = true;
	conn_close(conn);
}

void
conn_abort(struct conn *conn)
{
	conn->owner = NULL;
	conn_close(conn);
}

void
conn_linger(struct conn *conn)
{
	shutdown(conn->out, SHUT_WR);
	conn_become(conn, CONN_LINGERING);
	conn_set_timer(conn, LINGER_MS);
}

static void
finished(struct conn *conn)
{
	conn_clear_timer(conn);
	conn->kind->finished(conn);
}

static void
end(struct conn *conn, bool cut)
{
	conn->owner = NULL;
	if (conn->state != CONN_SERVING)
		return;
	conn->cut = cut;
	conn_become(conn, CONN_DRAINING);
	if (conn_is_drained(conn))
		finished(conn);
	else if (!conn->kind->checks_client)
		conn_clear_timer(conn);
	if (conn->unwatched && conn->state != CONN_CLOSED)
		conn_start_reading(conn);
}

void
conn_finish(struct conn *conn)
{
	end(conn, false);
}

void
conn_cut(struct conn *conn)
{
	end(conn, true);
}

/* --- output --------------------------------------------------------------- */

bool
conn_is_drained(const struct conn *conn)
{
	return conn->unsent == NULL;
}

void
conn_flush(struct conn *conn)
{
	struct conns *conns = conn->conns;
	struct conn_unsent *unsent = conn->unsent;
	ssize_t n = queue_write(&unsent->queue, conn->out);

	if (n < 0) {
		conn_close(conn);
		return;
	}
	if (n == 0)
		return;
	conn->last_write = clock_ms();
	unsent->retried = false;
	TAILQ_REMOVE(&conns->queued, unsent, entry);
	TAILQ_INSERT_TAIL(&conns->queued, unsent, entry);
	if (!queue_is_empty(&unsent->queue))
		return;
	drop_unsent(conn);
	if (conn->state == CONN_DRAINING)
		finished(conn);
	else if (conn->state == CONN_SERVING && conn->owner != NULL)
		conns->handler->drained(conns->arg, conn);
}

static void
writable(UNUSED struct ev_loop *loop, ev_io *watcher, UNUSED int revents)
{
	struct conn_unsent *unsent = watcher->data;

	conn_flush(unsent->conn);
}

/* --- memory --------------------------------------------------------------- */

static size_t
largest_share(const struct conns *conns, const struct conn *spared)
{
	const struct conn_unsent *unsent;
	size_t largest = 0, share;

	TAILQ_FOREACH(unsent, &conns->queued, entry)
		if (unsent->conn != spared &&
		    (share = queue_share(&unsent->queue)) > largest)
			largest = share;
	return largest;
}

/* Closes conns that have more than `least` queued, first those whose socket
 * took nothing for longest, until `target` is reached. Returns how many. */
static size_t
close_larger(struct conns *conns, const struct conn *spared, size_t least,
	     size_t target)
{
	struct conn_unsent *unsent = TAILQ_FIRST(&conns->queued), *next;
	size_t closed = 0;

	for (; unsent != NULL && queues_memory() > target; unsent = next) {
		next = TAILQ_NEXT(unsent, entry);
		if (unsent->conn == spared ||
		    queue_share(&unsent->queue) <= least)
			continue;
		conn_close_behind(unsent->conn, STATS_CUT_MEMORY);
		closed++;
	}
	return closed;
}

/* Closes the conns with the largest queues (within a factor of two). It spares
 * the one that was given bytes now: its socket had no chance to take them. More
 * than necessary becomes free, so that looking at all queues is rare. */
static void
relieve(struct conns *conns, const struct conn *spared)
{
	size_t target = conns->max_memory - conns->max_memory / RELIEF;
	size_t least = largest_share(conns, spared);
	size_t bytes = queues_memory(), closed = 0;

	while (least > 0 && queues_memory() > target) {
		least /= 2;
		closed += close_larger(conns, spared, least, target);
	}
	if (closed > 0)
		log_warn("memory",
			 "bytes=%zu conns=%zu action=cut reason=\"more than "
			 "hold.max_memory is queued\"",
			 bytes, closed);
}

static struct conn_unsent *
add_unsent(struct conn *conn)
{
	struct conns *conns = conn->conns;
	struct conn_unsent *unsent = xcalloc(1, sizeof(*unsent));

	unsent->conn = conn;
	queue_init(&unsent->queue);
	ev_io_init(&unsent->writing, writable, conn->out, EV_WRITE);
	unsent->writing.data = unsent;
	ev_io_start(conns->loop, &unsent->writing);
	TAILQ_INSERT_TAIL(&conns->queued, unsent, entry);
	if (!wheel_is_set(&conns->stalled))
		wheel_set(conns->wheel, &conns->stalled, CONN_RETRY_MS);
	conn->unsent = unsent;
	return unsent;
}

static void
enqueue(struct conn *conn, struct chain *c, size_t sent)
{
	struct conns *conns = conn->conns;
	struct conn_unsent *unsent = conn->unsent;

	if (unsent == NULL)
		unsent = add_unsent(conn);
	queue_add(&unsent->queue, c, sent);
	if (unsent->queue.backlog > conns->max_backlog) {
		log_info("backlog",
			 "bytes=%zu action=cut reason=\"more than "
			 "hold.max_backlog is queued\"",
			 unsent->queue.backlog);
		conn_close_behind(conn, STATS_CUT_BACKLOG);
	} else if (queues_memory() > conns->max_memory) {
		relieve(conns, conn);
	}
}

void
conn_send_shared(struct conn *conn, struct chain *c)
{
	ssize_t n = 0;

	if (conn->state != CONN_SERVING)
		return;
	if (!chain_frame(c, conn->framing)) {
		log_error("too_large",
			  "reason=\"a response exceeds its limit\"");
		stats_cut(STATS_CUT_TOO_LARGE);
		conn_close(conn);
		return;
	}
	if (c->len == 0)
		return;
	if (conn_is_drained(conn)) {
		n = queue_bypass(conn->out, c);
		if (n < 0) {
			conn_close(conn);
			return;
		}
		conn->last_write = clock_ms();
	}
	if ((size_t)n < c->len)
		enqueue(conn, c, (size_t)n);
}

void
conn_send(struct conn *conn, struct chain *c)
{
	bool is_serving = conn->state == CONN_SERVING;

	conn_send_shared(conn, c);
	if (is_serving)
		stats_add(STATS_BYTES_OUT, c->len);
}

/* --- input ---------------------------------------------------------------- */

void
conn_read_body(struct conn *conn, size_t max)
{
	conn->input->reads_body = true;
	conn->input->max_body = max;
}

void
conn_read_data(struct conn *conn)
{
	conn->reads_data = true;
}

static void
readable(UNUSED struct ev_loop *loop, ev_io *watcher, UNUSED int revents)
{
	struct conn *conn = watcher->data;

	conn->kind->readable(conn);
}

void
conn_start_reading(struct conn *conn)
{
	conn->unwatched = false;
	ev_io_start(conn->conns->loop, &conn->reading);
}

void
conn_stop_reading(struct conn *conn)
{
	ev_io_stop(conn->conns->loop, &conn->reading);
}

/* --- time ----------------------------------------------------------------- */

static void
timed_out(void *arg)
{
	struct conn *conn = arg;

	conn->kind->timed_out(conn);
}

void
conn_set_timer(struct conn *conn, uint64_t ms)
{
	temporary_timer_set(&conn->timer, conn->conns->wheel, ms, timed_out,
			    conn);
}

void
conn_clear_timer(struct conn *conn)
{
	temporary_timer_clear(&conn->timer, conn->conns->wheel);
}

/* --- the beginning -------------------------------------------------------- */

struct conn *
conn_new(struct conns *conns, const struct conn_kind *kind, int in, int out)
{
	struct conn *conn = xcalloc(1, sizeof(*conn));

	conn->conns = conns;
	conn->kind = kind;
	conn->out = out;
	conn->framing = CHAIN_RAW;
	ev_io_init(&conn->reading, readable, in, EV_READ);
	conn->reading.data = conn;
	LIST_INSERT_HEAD(&conns->open, conn, entry);
	conns->count++;
	conns->fresh++;
	return conn;
}
