/* SPDX-License-Identifier: MIT */
/*
 * link_http.c - a connection that has just come, and what comes in on one that
 * speaks HTTP/1.1: one request, which asks for an upgrade or is refused.
 */
#include "config.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/wire/http_head.h"
#include "shared/net/link.h"
#include "shared/net/link_private.h"

enum { FASTCGI_FIRST_BYTE = 1 }; /* FCGI_VERSION_1: no HTTP begins so */

static void
refuse(struct link *l, const struct problem *p)
{
	link_become(l, LINK_SERVING);
	l->links->handler->bad_head(l->links->arg, l, p);
}

static void
give_request(struct link *l, size_t len)
{
	struct buf *bytes = &l->input->bytes;
	struct http_head head = {.variables = NULL};
	struct request r;
	struct problem p;

	if (!http_head_read(&head, bytes->bytes, len, &p)) {
		refuse(l, &p);
	} else if (len < bytes->len) {
		problem_set(&p, 400,
			    "Something follows the request before it was "
			    "answered.");
		refuse(l, &p);
		http_head_free(&head);
	} else {
		r.variables = head.variables;
		link_become(l, LINK_SERVING);
		l->links->handler->request(l->links->arg, l, &r);
		http_head_free(&head);
	}
	if (l->state == LINK_GONE)
		return;
	link_forget_input(l);
	if (l->state == LINK_SERVING)
		wheel_clear(l->links->wheel, &l->timer);
}

static void
add_to_head(struct link *l, const uint8_t *bytes, size_t len)
{
	struct link_input *in = link_need_input(l);
	size_t seen, head;

	if (in == NULL)
		return;
	seen = in->bytes.len;
	buf_put(&in->bytes, bytes, len);
	if (!buf_ok(&in->bytes)) {
		link_out_of_memory(l);
		return;
	}
	head = http_head_length(in->bytes.bytes, in->bytes.len, seen);
	if (head > l->links->max_head ||
	    (head == 0 && in->bytes.len > l->links->max_head))
		link_refuse_head(l);
	else if (head > 0)
		give_request(l, head);
}

void
link_read_raw(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct link *l = watcher->data;
	ssize_t n = read(l->in, l->links->scratch, LINK_READ_SIZE);

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		link_go(l);
	else if (l->state == LINK_READING)
		add_to_head(l, l->links->scratch, (size_t)n);
	else
		link_give_piece(l, l->links->scratch, (size_t)n);
}

static void
first_byte_came(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct link *l = watcher->data;
	uint8_t first;
	ssize_t n = recv(l->in, &first, 1, MSG_PEEK);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		link_go(l);
		return;
	}
	if (first != FASTCGI_FIRST_BYTE)
		l->kind = LINK_HTTP;
	ev_set_cb(watcher,
		  l->kind == LINK_HTTP ? link_read_raw : link_read_fastcgi);
	ev_invoke(loop, watcher, revents);
}

void
link_new_connection(struct links *links, int fd)
{
	struct link *l = link_new(links, LINK_FASTCGI, fd, fd);

	if (l == NULL) {
		close(fd);
		return;
	}
	ev_io_init(&l->reading,
		   links->http ? first_byte_came : link_read_fastcgi, fd,
		   EV_READ);
	ev_io_start(links->loop, &l->reading);
	wheel_set(links->wheel, &l->timer, links->timeout * 1000ull);
}
