/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/hook_command.h"

#include <errno.h>
#include <unistd.h>

#include "shared/app/hook_line.h"
#include "shared/base/log.h"

static size_t
waiting(const struct hook_command *h)
{
	return h->queue.len - h->at;
}

/* hook_keeper.h has ended, which it does not do by itself. */
static void
give_up(struct hook_command *h)
{
	log_error("hook", "reason=\"the process that runs hook.command has "
			  "ended; restart this program\"");
	ev_io_stop(h->loop, &h->writing);
	h->fd = -1;
}

static void
flush(struct hook_command *h)
{
	while (waiting(h) > 0) {
		ssize_t n = write(h->fd, h->queue.bytes + h->at, waiting(h));

		if (n < 0 && errno == EAGAIN) {
			ev_io_start(h->loop, &h->writing);
			return;
		}
		if (n < 0) {
			give_up(h);
			return;
		}
		h->at += (size_t)n;
	}
	ev_io_stop(h->loop, &h->writing);
	buf_clear(&h->queue);
	h->at = 0;
}

static void
writable(struct ev_loop *loop, ev_io *io, int revents)
{
	(void)loop;
	(void)revents;
	flush(io->data);
}

/* Room for one more line, or two. */
static bool
has_room(struct hook_command *h)
{
	if (h->at > HOOK_QUEUE_MAX / 2) {
		buf_consume(&h->queue, h->at);
		h->at = 0;
	}
	return h->queue.len + 2 * HOOK_LINE_MAX <= HOOK_QUEUE_MAX;
}

static void
tell(void *arg, const struct subscriber_event *event)
{
	struct hook_command *h = arg;

	if (event->is_alone)
		return;
	if (h->fd < 0 || !has_room(h)) {
		hook_lost_add(&h->lost, "command",
			      h->fd < 0 ? "it does not run"
					: "it reads too slowly");
		return;
	}
	if (h->lost.untold > 0) {
		hook_line_put_lost(&h->queue, h->lost.untold);
		buf_putc(&h->queue, '\n');
		h->lost.untold = 0;
	}
	hook_line_put(&h->queue, event);
	buf_putc(&h->queue, '\n');
	if (!ev_is_active(&h->writing))
		flush(h);
}

void
hook_command_open(struct hook_command *h, struct ev_loop *loop, int fd,
		  struct subscriber_events *events)
{
	*h = (struct hook_command){.loop = loop, .fd = fd};
	buf_init(&h->queue, HOOK_QUEUE_MAX);
	ev_io_init(&h->writing, writable, fd, EV_WRITE);
	h->writing.data = h;
	if (fd > 0)
		subscriber_events_listen(events, tell, h);
}

void
hook_command_close(struct hook_command *h)
{
	if (h->loop == NULL)
		return; /* it was never opened */
	if (h->fd > 0)
		flush(h);
	ev_io_stop(h->loop, &h->writing);
	buf_free(&h->queue);
}
