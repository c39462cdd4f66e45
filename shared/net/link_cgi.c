/* SPDX-License-Identifier: MIT */
/*
 * link_cgi.c - the one request of a plain CGI program: descriptors 0 and 1.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "shared/net/link.h"
#include "shared/net/link_private.h"

enum { LOOK_MS = 1000 }; /* is the client still there? */

/* The web server closes its end of our output when the client has left. Its
 * end of our input says nothing: some close that at once. */
static void
look_for_client(void *arg)
{
	struct link *l = arg;
	struct pollfd out = {.fd = l->out};

	if (poll(&out, 1, 0) == 1 && out.revents & (POLLERR | POLLHUP))
		link_go(l);
	else
		wheel_set(l->links->wheel, &l->timer, LOOK_MS);
}

static void
watch_for_client(struct link *l)
{
	if (l->state == LINK_GONE)
		return;
	l->timer.fire = look_for_client;
	wheel_set(l->links->wheel, &l->timer, LOOK_MS);
}

static void
readable_cgi(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct link *l = watcher->data;
	size_t left = l->input->cgi_left;
	ssize_t n = read(l->in, l->links->scratch,
			 left < LINK_READ_SIZE ? left : LINK_READ_SIZE);

	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		link_go(l); /* less came than CONTENT_LENGTH says */
		return;
	}
	l->input->cgi_left -= (size_t)n;
	left = l->input->cgi_left;
	link_add_body(l, l->links->scratch, (size_t)n);
	if (left > 0 && l->state == LINK_SERVING)
		return; /* and more is to come */
	ev_io_stop(loop, &l->reading);
	if (left == 0)
		link_give_body(l);
	watch_for_client(l);
}

static void
start_reading(struct link *l, void (*readable)(struct ev_loop *loop,
					       ev_io *watcher, int revents))
{
	ev_io_init(&l->reading, readable, l->in, EV_READ);
	ev_io_start(l->links->loop, &l->reading);
}

void
link_new_cgi(struct links *links, const struct request *r)
{
	struct link *l = link_new(links, LINK_CGI, STDIN_FILENO, STDOUT_FILENO);
	size_t length = request_content_length(r);

	if (l == NULL)
		return;
	l->out_flags = fcntl(l->out, F_GETFL);
	fcntl(l->out, F_SETFL, l->out_flags | O_NONBLOCK);
	if (link_need_input(l) == NULL)
		return;
	link_become(l, LINK_SERVING);
	links->handler->request(links->arg, l, r);
	if (l->state == LINK_SERVING && l->hears)
		start_reading(l, link_read_raw);
	if (l->state != LINK_SERVING || !l->input->wants_body) {
		watch_for_client(l);
		return;
	}
	l->input->cgi_left = length;
	if (length == 0) {
		link_give_body(l);
		watch_for_client(l);
		return;
	}
	start_reading(l, readable_cgi);
}
