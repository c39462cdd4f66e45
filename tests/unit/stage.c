/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/stage.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/conf/conf_table.h"
#include "shared/http/params.h"
#include "shared/net/conn_accept.h"
#include "tests/unit/client.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

struct stage stage;

/* --- as in serve.c -------------------------------------------------------- */

static void
request_came(void *arg, struct conn *conn, const struct request *r)
{
	struct problem p;
	struct params params;

	(void)arg;
	if (stage.technique->publish != NULL)
		publisher_start(&stage.publishers, conn, r);
	else if (!params_read(&params, stage.technique, r, &stage.conf, &p))
		ck_abort_msg("refused: %s", p.detail);
	else {
		params.may_publish =
		    stage.conf.websocket_may_publish == MAY_PUBLISH_YES;
		subscriber_start(&stage.subscribers, conn, &params, "test");
	}
}

static void
bad_head(void *arg, struct conn *conn, const struct problem *p)
{
	(void)arg;
	(void)conn;
	ck_abort_msg("bad head: %s", p->detail);
}

static void
body_came(void *arg, struct conn *conn, struct buf *body)
{
	(void)arg;
	publisher_body(conn->owner, body);
}

static void
body_too_large(void *arg, struct conn *conn)
{
	(void)arg;
	publisher_body_too_large(conn->owner);
}

static void
heard(void *arg, struct conn *conn, const uint8_t *bytes, size_t len)
{
	(void)arg;
	subscriber_heard(conn->owner, bytes, len);
}

static void
drained(void *arg, struct conn *conn)
{
	(void)arg;
	if (stage.technique->publish == NULL)
		subscriber_drained(conn->owner);
}

static void
gone(void *arg, struct conn *conn)
{
	(void)arg;
	if (stage.technique->publish != NULL)
		publisher_gone(conn->owner);
	else
		subscriber_gone(conn->owner);
}

static const struct conn_handler handler = {
    .request = request_came,
    .bad_head = bad_head,
    .body = body_came,
    .body_too_large = body_too_large,
    .data = heard,
    .drained = drained,
    .closed = gone,
};

/* --- its life ------------------------------------------------------------- */

void
stage_init(const struct technique *technique)
{
	memset(&stage, 0, sizeof(stage));
	stage.technique = technique;
	conf_init(&stage.conf);
	stage.hold_max = 10000;
}

static void
open_technique(void)
{
	if (stage.technique->publish != NULL) {
		stage.publishers.technique = stage.technique;
		stage.publishers.conf = &stage.conf;
		stage.publishers.bus =
		    bus_open(turn_loop(), &stage.conf, NULL, NULL);
		ck_assert_ptr_nonnull(stage.publishers.bus);
		chain_init(&stage.publishers.chain);
		return;
	}
	ck_assert(channels_open(&stage.channels, turn_loop(), &stage.wheel,
				&stage.conf));
	stage.subscribers.technique = stage.technique;
	stage.subscribers.conf = &stage.conf;
	stage.subscribers.wheel = &stage.wheel;
	stage.subscribers.held_max = stage.hold_max;
	subscribers_init(&stage.subscribers, &stage.channels);
}

void
stage_open(void)
{
	struct conns *conns = &stage.conns;

	ck_assert(request_init());
	wheel_init(&stage.wheel, turn_loop());
	conns->loop = turn_loop();
	conns->wheel = &stage.wheel;
	conns->handler = &handler;
	conns->max_head = stage.conf.request_max_head;
	conns->max_backlog = stage.conf.hold_max_backlog;
	conns->timeout = stage.conf.request_timeout;
	conns->max_conns = 1000;
	conns->http = stage.technique->duplex != NULL;
	conns_init(conns);
	open_technique();
}

void
stage_close(void)
{
	struct client *c;

	conns_close(&stage.conns);
	if (stage.technique->publish != NULL) {
		bus_close(stage.publishers.bus);
		chain_free(&stage.publishers.chain);
	} else {
		if (stage.technique->duplex != NULL)
			stage.technique->duplex->stop();
		subscribers_free(&stage.subscribers);
		channels_close(&stage.channels);
	}
	wheel_free(&stage.wheel);
	request_free();
	while ((c = stage.clients) != NULL) {
		stage.clients = c->next;
		client_leave(c);
		free(c);
	}
	turn_end();
}

/* --- requests ------------------------------------------------------------- */

void
stage_ask(struct client *c, struct buf *request)
{
	int ends[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	if (stage.send_buffer > 0)
		setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &stage.send_buffer,
			   sizeof(stage.send_buffer));
	ck_assert(buf_ok(request));
	ck_assert_int_eq(write(ends[1], request->bytes, request->len),
			 (ssize_t)request->len);
	buf_free(request);
	client_init(c, ends[1]);
	c->next = stage.clients;
	stage.clients = c;
	conn_accept(&stage.conns, ends[0]);
}

static struct client *
stage_send(struct buf *request)
{
	struct client *c = calloc(1, sizeof(*c));

	ck_assert_ptr_nonnull(c);
	stage_ask(c, request);
	return c;
}

struct client *
stage_get_after(const char *query, const char *last_event_id)
{
	struct buf request;

	client_begin(&request, "GET");
	client_variable(&request, "QUERY_STRING", query);
	client_variable(&request, "HTTP_LAST_EVENT_ID", last_event_id);
	client_finish(&request, "");
	return stage_send(&request);
}

struct client *
stage_get(const char *query)
{
	return stage_get_after(query, "");
}

struct client *
stage_post(const char *content_type, const char *body)
{
	struct buf request;

	client_begin(&request, "POST");
	client_variable(&request, "CONTENT_TYPE", content_type);
	client_finish(&request, body);
	return stage_send(&request);
}
