/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/conn.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/net/conn_private.h"

enum { LINGER_MS = 2000 };

static const unsigned int may_become[] = {
    [CONN_READING] =
	1u << CONN_SERVING | 1u << CONN_LINGERING | 1u << CONN_GONE,
    [CONN_SERVING] = 1u << CONN_ENDING | 1u << CONN_GONE,
    [CONN_ENDING] = 1u << CONN_READING | 1u << CONN_LINGERING | 1u << CONN_GONE,
    [CONN_LINGERING] = 1u << CONN_GONE,
    [CONN_GONE] = 0,
};

static bool
is_busy(const struct conn *conn)
{
	return conn->state != CONN_READING && conn->state != CONN_GONE;
}

void
conn_become(struct conn *conn, enum conn_state state)
{
	assert(may_become[conn->state] & 1u << state);
	conn->conns->busy -= is_busy(conn);
	conn->state = state;
	conn->conns->busy += is_busy(conn);
}

bool
conns_init(struct conns *conns)
{
	conns->scratch = malloc(CONN_STASH_SIZE + CONN_READ_SIZE);
	return conns->scratch != NULL;
}

void
conn_forget_input(struct conn *conn)
{
	if (conn->input == NULL)
		return;
	buf_free(&conn->input->bytes);
	free(conn->input);
	conn->input = NULL;
}

/* Closes; owner and memory are seen to when the turn ends. */
void
conn_go(struct conn *conn)
{
	struct conns *conns = conn->conns;

	if (conn->state == CONN_GONE)
		return;
	conn_become(conn, CONN_GONE);
	ev_io_stop(conns->loop, &conn->reading);
	ev_io_stop(conns->loop, &conn->writing);
	wheel_clear(conns->wheel, &conn->timer);
	if (conn->kind == CONN_CGI)
		fcntl(conn->out, F_SETFL,
		      conn->out_flags); /* it may be a terminal */
	else
		close(conn->out);
	queue_free(&conn->queue);
	conn_forget_input(conn);
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		conns->first = conn->next;
	conn->next = conns->gone;
	conns->gone = conn;
}

void
conn_out_of_memory(struct conn *conn)
{
	log_error("memory", "reason=\"out of memory: one client closed\"");
	conn_go(conn);
}

void
conns_sweep(struct conns *conns)
{
	struct conn *conn;

	while ((conn = conns->gone) != NULL) {
		conns->gone = conn->next;
		if (conn->owner != NULL)
			conns->handler->gone(conns->arg, conn);
		conns->count--;
		free(conn);
	}
}

void
conns_close(struct conns *conns)
{
	while (conns->first != NULL)
		conn_go(conns->first);
	conns_sweep(conns);
	free(conns->scratch);
	conns->scratch = NULL;
}

void
conn_drop(struct conn *conn)
{
	conn->owner = NULL;
	conn_go(conn);
}

static void
timed_out(void *arg)
{
	struct conn *conn = arg;

	static const char *const reasons[] = {
	    [CONN_READING] = "the head of a request did not come whole",
	    [CONN_SERVING] = "the body of a request did not come whole",
	    [CONN_ENDING] = "nothing of the answer was taken for a minute",
	    [CONN_LINGERING] = NULL,
	};

	if (reasons[conn->state] != NULL)
		log_info("timeout", "reason=\"%s\"", reasons[conn->state]);
	conn_go(conn);
}

/* --- what goes out -------------------------------------------------------- */

bool
conn_is_drained(const struct conn *conn)
{
	return queue_is_empty(&conn->queue);
}

void
conn_linger(struct conn *conn)
{
	shutdown(conn->out, SHUT_WR);
	conn_become(conn, CONN_LINGERING);
	wheel_set(conn->conns->wheel, &conn->timer, LINGER_MS);
}

/* A kept connection may stay idle as long as the web server likes, but what
 * has begun of a record, overtaken by the answer, must come to its end. */
static void
await_next(struct conn *conn)
{
	struct conn_input *in = conn->input;

	if (in == NULL || in->stash_len == 0) {
		conn_forget_input(conn);
		return;
	}
	buf_free(&in->bytes);
	in->wants_body = false;
	wheel_set(conn->conns->wheel, &conn->timer,
		  conn->conns->timeout * 1000ull);
}

/* The request is answered: what becomes of the connection? */
static void
finish(struct conn *conn)
{
	wheel_clear(conn->conns->wheel, &conn->timer);
	if (conn->record.keep_conn && !conn->cut) {
		record_finish(&conn->record);
		conn_become(conn, CONN_READING);
		await_next(conn);
		return;
	}
	conn_forget_input(conn);
	if (conn->kind == CONN_CGI || conn->record.stdin_done ||
	    (conn->cut && !conn->hears))
		conn_go(conn);
	else
		conn_linger(conn);
}

/* What is queued may go out slowly, but it must go. Plain CGI looks for its
 * client anyway. */
static void
await_taking(struct conn *conn)
{
	if (conn->kind != CONN_CGI)
		wheel_set(conn->conns->wheel, &conn->timer, CONN_STALLED_MS);
}

static void
writable(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct conn *conn = watcher->data;
	ssize_t n = queue_write(&conn->queue, conn->out);

	(void)revents;
	if (n < 0) {
		conn_go(conn);
		return;
	}
	if (n > 0)
		conn->last_write = clock_ms();
	if (!conn_is_drained(conn)) {
		if (n > 0 && conn->state == CONN_ENDING)
			await_taking(conn);
		return;
	}
	ev_io_stop(loop, &conn->writing);
	if (conn->state == CONN_ENDING)
		finish(conn);
	else if (conn->state == CONN_SERVING && conn->owner != NULL)
		conn->conns->handler->drained(conn->conns->arg, conn);
}

static void
enqueue(struct conn *conn, struct chain *c, size_t sent, enum conn_send kind)
{
	if (!queue_add(&conn->queue, c, sent, kind == CONN_LIVE)) {
		conn_out_of_memory(conn);
		return;
	}
	ev_io_start(conn->conns->loop, &conn->writing);
	if (conn->queue.backlog > conn->conns->max_backlog) {
		log_info("backlog", "bytes=%zu action=cut",
			 conn->queue.backlog);
		conn_go(conn);
	}
}

void
conn_send(struct conn *conn, struct chain *c, enum conn_send kind)
{
	ssize_t n = 0;

	if (conn->state != CONN_SERVING)
		return;
	if (!chain_frame(c, conn->kind == CONN_FASTCGI ? conn->record.id
						       : CHAIN_RAW)) {
		conn_out_of_memory(conn);
		return;
	}
	if (c->len == 0)
		return;
	if (conn_is_drained(conn)) {
		n = queue_bypass(conn->out, c);
		if (n < 0) {
			conn_go(conn);
			return;
		}
		if (n > 0)
			conn->last_write = clock_ms();
	}
	if ((size_t)n < c->len)
		enqueue(conn, c, (size_t)n, kind);
}

static void
end(struct conn *conn, bool cut)
{
	conn->owner = NULL;
	if (conn->state != CONN_SERVING)
		return;
	conn->cut = cut;
	conn_become(conn, CONN_ENDING);
	if (conn_is_drained(conn))
		finish(conn);
	else
		await_taking(conn);
}

void
conn_end(struct conn *conn)
{
	end(conn, false);
}

void
conn_cut(struct conn *conn)
{
	end(conn, true);
}

/* --- what comes in -------------------------------------------------------- */

struct conn_input *
conn_need_input(struct conn *conn)
{
	if (conn->input != NULL)
		return conn->input;
	conn->input = calloc(1, sizeof(*conn->input));
	if (conn->input == NULL) {
		conn_out_of_memory(conn);
		return NULL;
	}
	/* the limits are checked where it is known what to answer */
	buf_init(&conn->input->bytes, SIZE_MAX / 2);
	if (!wheel_is_set(&conn->timer))
		wheel_set(conn->conns->wheel, &conn->timer,
			  conn->conns->timeout * 1000ull);
	return conn->input;
}

void
conn_take_body(struct conn *conn, size_t max)
{
	conn->input->wants_body = true;
	conn->input->max_body = max;
}

void
conn_hear(struct conn *conn)
{
	conn->hears = true;
}

void
conn_refuse_head(struct conn *conn)
{
	struct problem p;

	problem_set(&p, 431,
		    "The request's headers are larger than %zu bytes "
		    "(request.max_head).",
		    conn->conns->max_head);
	conn_become(conn, CONN_SERVING);
	conn->conns->handler->bad_head(conn->conns->arg, conn, &p);
}

void
conn_give_piece(struct conn *conn, const uint8_t *bytes, size_t len)
{
	if (conn->state == CONN_SERVING && conn->hears)
		conn->conns->handler->heard(conn->conns->arg, conn, bytes, len);
}

void
conn_give_body(struct conn *conn)
{
	if (conn->state != CONN_SERVING || conn->input == NULL ||
	    !conn->input->wants_body)
		return;
	wheel_clear(conn->conns->wheel, &conn->timer);
	conn->input->wants_body = false;
	if (buf_extend(&conn->input->bytes, 1) == NULL) { /* room for a NUL */
		conn_out_of_memory(conn);
		return;
	}
	conn->input->bytes.len--;
	conn->conns->handler->body(conn->conns->arg, conn, &conn->input->bytes);
}

void
conn_add_body(struct conn *conn, const uint8_t *bytes, size_t len)
{
	struct conn_input *in = conn->input;

	if (conn->state != CONN_SERVING || in == NULL || !in->wants_body)
		return;
	if (len > in->max_body - in->bytes.len) {
		in->wants_body = false;
		conn->conns->handler->body_too_large(conn->conns->arg, conn);
		return;
	}
	buf_put(&in->bytes, bytes, len);
	if (!buf_ok(&in->bytes))
		conn_out_of_memory(conn);
}

struct conn *
conn_new(struct conns *conns, enum conn_kind kind, int in, int out)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL) {
		log_error("memory",
			  "reason=\"out of memory: one client closed\"");
		return NULL;
	}
	conn->conns = conns;
	conn->kind = kind;
	conn->in = in;
	conn->out = out;
	conn->timer.fire = timed_out;
	conn->timer.arg = conn;
	conn->reading.data = conn;
	conn->writing.data = conn;
	ev_io_init(&conn->writing, writable, out, EV_WRITE);
	conn->next = conns->first;
	if (conn->next != NULL)
		conn->next->prev = conn;
	conns->first = conn;
	conns->count++;
	return conn;
}
