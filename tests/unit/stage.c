/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/stage.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/conf/conf_set.h"
#include "shared/net/conn_accept.h"
#include "shared/net/conn_stalled.h"
#include "tests/unit/client.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

struct stage stage;

/* --- its life ------------------------------------------------------------- */

void
stage_init(const struct technique *technique)
{
	conf_free_texts(&stage.conf);
	memset(&stage, 0, sizeof(stage));
	stage.dispatch.technique = technique;
	stage.dispatch.conf = &stage.conf;
	conf_init(&stage.conf);
	/* tests publish without a right; the default is token */
	stage.conf.access_publish = WHO_LOOPBACK;
	/* that of the host is not the test's */
	stage.conf.limit_table[0] = '\0';
	stage.hold_max = 10000;
}

void
stage_open(void)
{
	struct conns *conns = &stage.conns;
	char fault[CONF_ERROR_SIZE];

	ck_assert(request_init());
	wheel_init(&stage.wheel, turn_loop());
	conns->loop = turn_loop();
	conns->wheel = &stage.wheel;
	conns->max_conns = 1000;
	dispatch_set_conns(&stage.dispatch, conns);
	conns_init(conns);
	conn_stalled_init(conns);
	stage.dispatch.wheel = &stage.wheel;
	stage.dispatch.held_max = stage.hold_max;
	ck_assert(dispatch_open(&stage.dispatch, turn_loop(), fault));
}

void
stage_close(void)
{
	struct client *c;

	conns_close(&stage.conns);
	dispatch_close(&stage.dispatch);
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
stage_ask_at(void (*accept)(struct conns *conns, int fd), struct client *c,
	     struct buf *request)
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
	accept(&stage.conns, ends[0]);
}

void
stage_ask(struct client *c, struct buf *request)
{
	stage_ask_at(conn_accept, c, request);
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

size_t
stage_live(void)
{
	size_t count = 0;
	struct fanout *fanout;

	LIST_FOREACH(fanout,
		     &stage.dispatch.subscribing.subscribers.fanouts.list, link)
		count += fanout->live.count;
	return count;
}
