/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/link.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/net/link_private.h"
#include "shared/base/log.h"

enum { LINGER_MS = 2000 };

static const unsigned int may_become[] = {
    [LINK_READING] =
	1u << LINK_SERVING | 1u << LINK_LINGERING | 1u << LINK_GONE,
    [LINK_SERVING] = 1u << LINK_ENDING | 1u << LINK_GONE,
    [LINK_ENDING] = 1u << LINK_READING | 1u << LINK_LINGERING | 1u << LINK_GONE,
    [LINK_LINGERING] = 1u << LINK_GONE,
    [LINK_GONE] = 0,
};

static bool
is_busy(const struct link *l)
{
	return l->state != LINK_READING && l->state != LINK_GONE;
}

void
link_become(struct link *l, enum link_state state)
{
	assert(may_become[l->state] & 1u << state);
	l->links->busy -= is_busy(l);
	l->state = state;
	l->links->busy += is_busy(l);
}

bool
links_init(struct links *links)
{
	links->scratch = malloc(LINK_STASH_SIZE + LINK_READ_SIZE);
	return links->scratch != NULL;
}

void
link_forget_input(struct link *l)
{
	if (l->input == NULL)
		return;
	buf_free(&l->input->bytes);
	free(l->input);
	l->input = NULL;
}

/* Closes; owner and memory are seen to when the turn ends. */
void
link_go(struct link *l)
{
	struct links *links = l->links;

	if (l->state == LINK_GONE)
		return;
	link_become(l, LINK_GONE);
	ev_io_stop(links->loop, &l->reading);
	ev_io_stop(links->loop, &l->writing);
	wheel_clear(links->wheel, &l->timer);
	if (l->kind == LINK_CGI)
		fcntl(l->out, F_SETFL, l->out_flags); /* it may be a terminal */
	else
		close(l->out);
	queue_free(&l->queue);
	link_forget_input(l);
	if (l->next != NULL)
		l->next->prev = l->prev;
	if (l->prev != NULL)
		l->prev->next = l->next;
	else
		links->first = l->next;
	l->next = links->gone;
	links->gone = l;
}

void
link_out_of_memory(struct link *l)
{
	log_error("memory", "reason=\"out of memory: one client closed\"");
	link_go(l);
}

void
links_sweep(struct links *links)
{
	struct link *l;

	while ((l = links->gone) != NULL) {
		links->gone = l->next;
		if (l->owner != NULL)
			links->handler->gone(links->arg, l);
		links->count--;
		free(l);
	}
}

void
links_close(struct links *links)
{
	while (links->first != NULL)
		link_go(links->first);
	links_sweep(links);
	free(links->scratch);
	links->scratch = NULL;
}

void
link_drop(struct link *l)
{
	l->owner = NULL;
	link_go(l);
}

static void
timed_out(void *arg)
{
	struct link *l = arg;

	static const char *const reasons[] = {
	    [LINK_READING] = "the head of a request did not come whole",
	    [LINK_SERVING] = "the body of a request did not come whole",
	    [LINK_ENDING] = "nothing of the answer was taken for a minute",
	    [LINK_LINGERING] = NULL,
	};

	if (reasons[l->state] != NULL)
		log_info("timeout", "reason=\"%s\"", reasons[l->state]);
	link_go(l);
}

/* --- what goes out -------------------------------------------------------- */

bool
link_is_drained(const struct link *l)
{
	return queue_is_empty(&l->queue);
}

void
link_linger(struct link *l)
{
	shutdown(l->out, SHUT_WR);
	link_become(l, LINK_LINGERING);
	wheel_set(l->links->wheel, &l->timer, LINGER_MS);
}

/* A kept connection may stay idle as long as the web server likes, but what
 * has begun of a record, overtaken by the answer, must come to its end. */
static void
await_next(struct link *l)
{
	struct link_input *in = l->input;

	if (in == NULL || in->stash_len == 0) {
		link_forget_input(l);
		return;
	}
	buf_free(&in->bytes);
	in->wants_body = false;
	wheel_set(l->links->wheel, &l->timer, l->links->timeout * 1000ull);
}

/* The request is answered: what becomes of the connection? */
static void
finish(struct link *l)
{
	wheel_clear(l->links->wheel, &l->timer);
	if (l->record.keep_conn && !l->cut) {
		record_finish(&l->record);
		link_become(l, LINK_READING);
		await_next(l);
		return;
	}
	link_forget_input(l);
	if (l->kind == LINK_CGI || l->record.stdin_done ||
	    (l->cut && !l->hears))
		link_go(l);
	else
		link_linger(l);
}

/* What is queued may go out slowly, but it must go. Plain CGI looks for its
 * client anyway. */
static void
await_taking(struct link *l)
{
	if (l->kind != LINK_CGI)
		wheel_set(l->links->wheel, &l->timer, LINK_STALLED_MS);
}

static void
writable(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct link *l = watcher->data;
	ssize_t n = queue_write(&l->queue, l->out);

	(void)revents;
	if (n < 0) {
		link_go(l);
		return;
	}
	if (n > 0)
		l->last_write = wheel_ms();
	if (!link_is_drained(l)) {
		if (n > 0 && l->state == LINK_ENDING)
			await_taking(l);
		return;
	}
	ev_io_stop(loop, &l->writing);
	if (l->state == LINK_ENDING)
		finish(l);
	else if (l->state == LINK_SERVING && l->owner != NULL)
		l->links->handler->drained(l->links->arg, l);
}

static void
enqueue(struct link *l, struct chain *c, size_t sent, enum link_send kind)
{
	if (!queue_add(&l->queue, c, sent, kind == LINK_LIVE)) {
		link_out_of_memory(l);
		return;
	}
	ev_io_start(l->links->loop, &l->writing);
	if (l->queue.backlog > l->links->max_backlog) {
		log_info("backlog", "bytes=%zu action=cut", l->queue.backlog);
		link_go(l);
	}
}

void
link_send(struct link *l, struct chain *c, enum link_send kind)
{
	ssize_t n = 0;

	if (l->state != LINK_SERVING)
		return;
	if (!chain_frame(c,
			 l->kind == LINK_FASTCGI ? l->record.id : CHAIN_RAW)) {
		link_out_of_memory(l);
		return;
	}
	if (c->len == 0)
		return;
	if (link_is_drained(l)) {
		n = queue_bypass(l->out, c);
		if (n < 0) {
			link_go(l);
			return;
		}
		if (n > 0)
			l->last_write = wheel_ms();
	}
	if ((size_t)n < c->len)
		enqueue(l, c, (size_t)n, kind);
}

static void
end(struct link *l, bool cut)
{
	l->owner = NULL;
	if (l->state != LINK_SERVING)
		return;
	l->cut = cut;
	link_become(l, LINK_ENDING);
	if (link_is_drained(l))
		finish(l);
	else
		await_taking(l);
}

void
link_end(struct link *l)
{
	end(l, false);
}

void
link_cut(struct link *l)
{
	end(l, true);
}

/* --- what comes in -------------------------------------------------------- */

struct link_input *
link_need_input(struct link *l)
{
	if (l->input != NULL)
		return l->input;
	l->input = calloc(1, sizeof(*l->input));
	if (l->input == NULL) {
		link_out_of_memory(l);
		return NULL;
	}
	/* the limits are checked where it is known what to answer */
	buf_init(&l->input->bytes, SIZE_MAX / 2);
	if (!wheel_is_set(&l->timer))
		wheel_set(l->links->wheel, &l->timer,
			  l->links->timeout * 1000ull);
	return l->input;
}

void
link_take_body(struct link *l, size_t max)
{
	l->input->wants_body = true;
	l->input->max_body = max;
}

void
link_hear(struct link *l)
{
	l->hears = true;
}

void
link_refuse_head(struct link *l)
{
	struct problem p;

	problem_set(&p, 431,
		    "The request's headers are larger than %zu bytes "
		    "(request.max_head).",
		    l->links->max_head);
	link_become(l, LINK_SERVING);
	l->links->handler->bad_head(l->links->arg, l, &p);
}

void
link_give_piece(struct link *l, const uint8_t *bytes, size_t len)
{
	if (l->state == LINK_SERVING && l->hears)
		l->links->handler->heard(l->links->arg, l, bytes, len);
}

void
link_give_body(struct link *l)
{
	if (l->state != LINK_SERVING || l->input == NULL ||
	    !l->input->wants_body)
		return;
	wheel_clear(l->links->wheel, &l->timer);
	l->input->wants_body = false;
	if (buf_extend(&l->input->bytes, 1) == NULL) { /* room for a NUL */
		link_out_of_memory(l);
		return;
	}
	l->input->bytes.len--;
	l->links->handler->body(l->links->arg, l, &l->input->bytes);
}

void
link_add_body(struct link *l, const uint8_t *bytes, size_t len)
{
	struct link_input *in = l->input;

	if (l->state != LINK_SERVING || in == NULL || !in->wants_body)
		return;
	if (len > in->max_body - in->bytes.len) {
		in->wants_body = false;
		l->links->handler->body_too_large(l->links->arg, l);
		return;
	}
	buf_put(&in->bytes, bytes, len);
	if (!buf_ok(&in->bytes))
		link_out_of_memory(l);
}

struct link *
link_new(struct links *links, enum link_kind kind, int in, int out)
{
	struct link *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		log_error("memory",
			  "reason=\"out of memory: one client closed\"");
		return NULL;
	}
	l->links = links;
	l->kind = kind;
	l->in = in;
	l->out = out;
	l->timer.fire = timed_out;
	l->timer.arg = l;
	l->reading.data = l;
	l->writing.data = l;
	ev_io_init(&l->writing, writable, out, EV_WRITE);
	l->next = links->first;
	if (l->next != NULL)
		l->next->prev = l;
	links->first = l;
	links->count++;
	return l;
}
