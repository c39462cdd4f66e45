/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/peer.h"

#include <errno.h>
#include <fastcgi.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/net/conn_accept.h"
#include "shared/net/conn_stalled.h"
#include "shared/wire/request.h"
#include "tests/unit/record_text.h"
#include "tests/unit/suite.h"

enum { TURNS = 6, GOT_MAX = 1 << 24 };

/* --- the handler ---------------------------------------------------------- */

static void
add_event(struct host *h, const char *what, const char *bytes, size_t len)
{
	size_t at = strlen(h->events);

	snprintf(h->events + at, HOST_EVENTS_SIZE - at, "%s%s%.*s",
		 at > 0 ? " " : "", what, (int)len, bytes);
}

static void
respond(struct host *h, struct conn *conn)
{
	if (h->response == NULL)
		return;
	chain_clear(&h->chain);
	chain_add(&h->chain, h->response, strlen(h->response));
	chain_end(&h->chain);
	conn_send(conn, &h->chain);
	conn_finish(conn);
}

static void
on_request(void *arg, struct conn *conn, const struct request *r)
{
	struct host *h = arg;
	const char *query = request_get(r, "QUERY_STRING");

	add_event(h, "request:", query, strlen(query));
	h->conn = conn;
	conn->owner = h;
	if (h->reads_data)
		conn_read_data(conn);
	else if (h->body_max > 0)
		conn_read_body(conn, h->body_max);
	else
		respond(h, conn);
}

static void
on_bad_head(void *arg, struct conn *conn, const struct problem *p)
{
	char status[8];

	snprintf(status, sizeof(status), "%u", p->status);
	add_event(arg, "bad_head:", status, strlen(status));
	respond(arg, conn);
}

static void
on_body(void *arg, struct conn *conn, struct buf *body)
{
	add_event(arg, "body:", body->len > 0 ? body->bytes : "", body->len);
	respond(arg, conn);
}

static void
on_body_too_large(void *arg, struct conn *conn)
{
	add_event(arg, "body_too_large", "", 0);
	respond(arg, conn);
}

static void
on_body_late(void *arg, struct conn *conn)
{
	add_event(arg, "body_late", "", 0);
	respond(arg, conn);
}

static void
on_data(void *arg, struct conn *conn, const uint8_t *bytes, size_t len)
{
	struct host *h = arg;

	add_event(h, "data:", (const char *)bytes, len);
	if (h->cut_after > 0 && --h->cut_after == 0)
		conn_cut(conn);
}

static void
on_drained(void *arg, UNUSED struct conn *conn)
{
	add_event(arg, "drained", "", 0);
}

static void
on_closed(void *arg, UNUSED struct conn *conn)
{
	add_event(arg, "closed", "", 0);
}

static const struct conn_handler handler = {
    .request = on_request,
    .bad_head = on_bad_head,
    .body = on_body,
    .body_too_large = on_body_too_large,
    .body_late = on_body_late,
    .data = on_data,
    .drained = on_drained,
    .closed = on_closed,
};

/* --- the host ------------------------------------------------------------- */

void
host_init(struct host *h)
{
	static bool ready;

	memset(h, 0, sizeof(*h));
	if (!ready)
		ck_assert(request_init());
	ready = true;
	signal(SIGPIPE, SIG_IGN);
	h->loop = ev_loop_new(EVFLAG_AUTO);
	ck_assert_ptr_nonnull(h->loop);
	wheel_init(&h->wheel, h->loop);
	chain_init(&h->chain);
	h->conns = (struct conns){.loop = h->loop,
				  .wheel = &h->wheel,
				  .handler = &handler,
				  .arg = h,
				  .max_head = HOST_MAX_HEAD,
				  .max_backlog = HOST_MAX_BACKLOG,
				  .max_memory = HOST_MAX_MEMORY,
				  .timeout = HOST_TIMEOUT_MS / 1000,
				  .max_conns = 77};
	conns_init(&h->conns);
	conn_stalled_init(&h->conns);
}

void
host_free(struct host *h)
{
	conns_close(&h->conns);
	chain_free(&h->chain);
	wheel_free(&h->wheel);
	ev_loop_destroy(h->loop);
}

int
host_connect(struct host *h)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX,
				    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
				    0, ends),
			 0);
	if (h->sndbuf > 0)
		setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &h->sndbuf,
			   sizeof(h->sndbuf));
	conn_accept(&h->conns, ends[0]);
	return ends[1];
}

void
host_run(struct host *h)
{
	for (int i = 0; i < TURNS; i++)
		ev_run(h->loop, EVRUN_NOWAIT);
}

void
host_send(struct host *h, const char *text)
{
	chain_clear(&h->chain);
	chain_add(&h->chain, text, strlen(text));
	conn_send(h->conn, &h->chain);
}

void
host_assert_events(struct host *h, const char *want)
{
	ck_assert_str_eq(h->events, want);
	h->events[0] = '\0';
}

/* --- the peer ------------------------------------------------------------- */

void
add_param(struct buf *in, uint16_t id, const char *name, const char *value)
{
	struct buf pair;

	buf_init(&pair, 1000);
	buf_putc(&pair, (char)strlen(name));
	buf_putc(&pair, (char)strlen(value));
	buf_puts(&pair, name);
	buf_puts(&pair, value);
	add(in, FCGI_PARAMS, id, pair.bytes, pair.len, 0);
	buf_free(&pair);
}

void
add_head(struct buf *in, uint16_t id, uint8_t flags, const char *query)
{
	add_begin(in, id, FCGI_RESPONDER, flags);
	add_param(in, id, "QUERY_STRING", query);
	add_text(in, FCGI_PARAMS, id, "");
}

void
peer_send(struct host *h, int fd, struct buf *bytes)
{
	ssize_t n;

	ck_assert(buf_ok(bytes));
	for (size_t at = 0; at < bytes->len; at += (size_t)n) {
		n = send(fd, bytes->bytes + at, bytes->len - at, MSG_NOSIGNAL);
		if (n < 0)
			break; /* closed, or not read */
		host_run(h);
	}
	host_run(h);
	buf_clear(bytes);
}

bool
peer_read(struct host *h, int fd, struct buf *got)
{
	static char bytes[1 << 16];
	ssize_t n;

	host_run(h);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		buf_put(got, bytes, (size_t)n);
		host_run(h);
	}
	return n == 0 || errno != EAGAIN;
}

/* Appends one record as text; `joins`: the one before it was STDOUT too. */
static void
put_record(struct buf *text, const uint8_t *record, bool joins)
{
	unsigned int id = (unsigned int)record[2] << 8 | record[3];
	size_t len = (size_t)record[4] << 8 | record[5];
	const uint8_t *content = record + FCGI_HEADER_LEN;

	if (!joins && text->len > 0)
		buf_putc(text, ' ');
	if (record[1] == FCGI_STDOUT && len == 0) {
		buf_printf(text, "out%u.", id);
	} else if (record[1] == FCGI_STDOUT) {
		if (!joins)
			buf_printf(text, "out%u:", id);
		buf_put(text, content, len);
	} else if (record[1] == FCGI_END_REQUEST) {
		buf_printf(text, "end%u:%u", id, content[4]);
	} else if (record[1] == FCGI_GET_VALUES_RESULT) {
		buf_puts(text, "values:");
		buf_put(text, content, len);
	} else if (record[1] == FCGI_UNKNOWN_TYPE) {
		buf_printf(text, "unknown:%u", content[0]);
	} else {
		buf_printf(text, "type%u", record[1]);
	}
}

void
peer_assert(struct host *h, int fd, const char *want)
{
	struct buf got, text;
	bool eof, joins = false;
	size_t at = 0, len, more;

	buf_init(&got, GOT_MAX);
	buf_init(&text, GOT_MAX);
	eof = peer_read(h, fd, &got);
	for (; at + FCGI_HEADER_LEN <= got.len; at += len) {
		const uint8_t *record = (const uint8_t *)got.bytes + at;

		more = (size_t)record[4] << 8 | record[5];
		len = FCGI_HEADER_LEN + more + record[6];
		if (at + len > got.len)
			break;
		joins = joins && record[1] == FCGI_STDOUT && more > 0;
		put_record(&text, record, joins);
		joins = record[1] == FCGI_STDOUT && more > 0;
	}
	if (at < got.len)
		buf_puts(&text, " PARTIAL");
	if (eof)
		buf_puts(&text, text.len > 0 ? " eof" : "eof");
	suite_assert_bytes(&text, want);
	buf_free(&got);
	buf_free(&text);
}
