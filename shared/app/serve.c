/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/serve.h"

#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shared/app/publisher.h"
#include "shared/app/start.h"
#include "shared/app/subscriber.h"
#include "shared/base/descriptors.h"
#include "shared/base/log.h"
#include "shared/base/wheel.h"
#include "shared/conf/conf_load.h"
#include "shared/conf/conf_print.h"
#include "shared/http/access.h"
#include "shared/http/params.h"
#include "shared/http/response.h"
#include "shared/hub/channels.h"
#include "shared/net/conn.h"
#include "shared/net/conn_accept.h"
#include "shared/net/conn_cgi.h"
#include "shared/net/listen.h"
#include "shared/technique.h"
#include "shared/wire/request.h"

enum { DESCRIPTORS_RESERVED = 32 }; /* Redis, log, listening, libev, slack */

/* The whole process. */
struct serve {
	const struct technique *technique;
	struct conf conf;
	struct ev_loop *loop;
	struct wheel wheel;
	struct conns conns;
	struct listener listener;
	struct channels channels; /* of a technique that reads */
	struct subscribers subscribers;
	struct publishers publishers; /* of one that publishes */
	struct ev_prepare turn_end;
	struct ev_signal signals[3];
	struct ev_timer drain;
	bool cgi;
	bool ending;
};

/* --- requests ------------------------------------------------------------- */

static const char *
allowed_methods(const struct technique *t)
{
	if (t->duplex != NULL)
		return "GET, OPTIONS";
	return t->publish != NULL ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

static struct chain *
scratch(struct serve *s)
{
	return s->technique->publish != NULL ? &s->publishers.chain
					     : &s->subscribers.fanouts.chain;
}

static void
refuse(struct serve *s, struct conn *conn, const struct problem *p,
       const char *client)
{
	log_info("refused", "client=%s status=%u reason=\"%s\"", client,
		 p->status, p->detail);
	response_problem(conn, scratch(s), s->technique, p);
}

/* A page of another site could read by a WebSocket what it could not read by
 * any other request. */
static bool
may_read(const struct serve *s, const struct request *r, struct problem *p)
{
	return s->technique->duplex == NULL ||
	       access_may_connect(r, &s->conf, p);
}

static bool
may_talk(const struct serve *s, const struct request *r)
{
	struct problem p;

	return s->technique->duplex != NULL &&
	       s->conf.websocket_may_publish == MAY_PUBLISH_YES &&
	       access_may_publish(r, &s->conf, &p);
}

static bool
answers_at_once(const struct technique *t)
{
	return t->batch != NULL && !t->batch->waits;
}

static void
read_channels(struct serve *s, struct conn *conn, const struct request *r)
{
	const char *client = request_get(r, "REMOTE_ADDR");
	struct problem p;
	struct params params;

	if (!may_read(s, r, &p) ||
	    !params_read(&params, s->technique, r, &s->conf, &p)) {
		refuse(s, conn, &p, client);
	} else if (params.head_only && !answers_at_once(s->technique)) {
		response_stream_head(conn, scratch(s), s->technique,
				     &params.format);
	} else {
		params.may_publish = may_talk(s, r);
		subscriber_start(&s->subscribers, conn, &params, client);
	}
}

static bool
is_read_method(const struct technique *t, const char *method)
{
	return strcmp(method, "GET") == 0 ||
	       (strcmp(method, "HEAD") == 0 && t->duplex == NULL);
}

static void
request_came(void *arg, struct conn *conn, const struct request *r)
{
	struct serve *s = arg;
	const char *method = request_get(r, "REQUEST_METHOD");
	struct problem p;

	if (strcmp(method, "OPTIONS") == 0) {
		response_options(conn, scratch(s),
				 allowed_methods(s->technique));
	} else if (s->technique->publish != NULL &&
		   strcmp(method, "POST") == 0) {
		publisher_start(&s->publishers, conn, r);
	} else if (s->technique->publish == NULL &&
		   is_read_method(s->technique, method)) {
		read_channels(s, conn, r);
	} else {
		problem_set(&p, 405, "This is for %s, not for %s.",
			    s->technique->publish != NULL ? "POST" : "GET",
			    method[0] != '\0' ? method : "nothing");
		p.allow = allowed_methods(s->technique);
		refuse(s, conn, &p, request_get(r, "REMOTE_ADDR"));
	}
}

static void
bad_head(void *arg, struct conn *conn, const struct problem *p)
{
	refuse(arg, conn, p, "?");
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
	const struct serve *s = arg;

	if (s->technique->publish == NULL)
		subscriber_drained(conn->owner);
}

static void
gone(void *arg, struct conn *conn)
{
	const struct serve *s = arg;

	if (s->technique->publish != NULL)
		publisher_gone(conn->owner);
	else
		subscriber_gone(conn->owner);
}

static const struct conn_handler conn_handler = {
    .request = request_came,
    .bad_head = bad_head,
    .body = body_came,
    .body_too_large = body_too_large,
    .data = heard,
    .drained = drained,
    .closed = gone,
};

static void
accepted(void *arg, int fd)
{
	struct serve *s = arg;

	conn_accept(&s->conns, fd);
}

/* --- the loop ------------------------------------------------------------- */

/* Ends the loop when no conn is left, after closed ones were freed. */
static void
turn_ends(struct ev_loop *loop, ev_prepare *watcher, int revents)
{
	struct serve *s = watcher->data;

	(void)revents;
	if ((s->cgi && s->conns.count == 0) ||
	    (s->ending && s->conns.busy == 0))
		ev_break(loop, EVBREAK_ALL);
}

static void
drain_over(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)timer;
	(void)revents;
	log_warn("stop", "reason=\"hold.drain is over, some clients had not "
			 "taken all\"");
	ev_break(loop, EVBREAK_ALL);
}

static void
signalled(struct ev_loop *loop, ev_signal *watcher, int revents)
{
	struct serve *s = watcher->data;

	(void)revents;
	if (s->ending)
		return;
	s->ending = true;
	log_info("stop", "signal=%d links=%zu", watcher->signum,
		 s->conns.count);
	listen_stop(&s->listener);
	ev_timer_set(&s->drain, s->conf.hold_drain, 0.);
	ev_timer_start(loop, &s->drain);
	if (s->technique->publish == NULL)
		subscribers_end(&s->subscribers);
}

static void
catch_signals(struct serve *s)
{
	static const int ends[] = {SIGTERM, SIGINT, SIGUSR1};
	size_t i;

	/* libfcgi has put handlers of its own on some of these */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		ev_signal_init(&s->signals[i], signalled, ends[i]);
		s->signals[i].data = s;
		ev_signal_start(s->loop, &s->signals[i]);
	}
}

/* The soft limit of descriptors becomes the hard one; returns it. */
static size_t
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur < CONF_HOLD_MAX_AUTO ? (size_t)limit.rlim_cur
						   : CONF_HOLD_MAX_AUTO;
}

/* hold.max, or as many as the descriptors allow. */
static size_t
held_max(const struct serve *s, size_t descriptors)
{
	if (s->conf.hold_max != CONF_HOLD_MAX_AUTO)
		return s->conf.hold_max;
	return descriptors > DESCRIPTORS_RESERVED
		   ? descriptors - DESCRIPTORS_RESERVED
		   : 0;
}

static bool
open_technique(struct serve *s, size_t descriptors)
{
	if (s->technique->publish != NULL) {
		s->publishers.technique = s->technique;
		s->publishers.conf = &s->conf;
		s->publishers.bus = bus_open(s->loop, &s->conf, NULL, NULL);
		chain_init(&s->publishers.chain);
		return s->publishers.bus != NULL;
	}
	if (!channels_open(&s->channels, s->loop, &s->wheel, &s->conf))
		return false;
	s->subscribers.technique = s->technique;
	s->subscribers.conf = &s->conf;
	s->subscribers.wheel = &s->wheel;
	s->subscribers.held_max = held_max(s, descriptors);
	subscribers_init(&s->subscribers, &s->channels);
	return true;
}

static void
close_technique(struct serve *s)
{
	if (s->technique->publish != NULL) {
		bus_close(s->publishers.bus);
		chain_free(&s->publishers.chain);
		return;
	}
	if (s->technique->duplex != NULL)
		s->technique->duplex->stop();
	subscribers_free(&s->subscribers);
	channels_close(&s->channels);
}

static bool
open_all(struct serve *s)
{
	size_t descriptors = raise_descriptor_limit();

	s->loop = ev_default_loop(EVFLAG_AUTO);
	if (s->loop == NULL || !request_init())
		return false;
	srand((unsigned int)getpid() ^ (unsigned int)(ev_now(s->loop) * 1000));
	catch_signals(s);
	wheel_init(&s->wheel, s->loop);
	s->conns.loop = s->loop;
	s->conns.wheel = &s->wheel;
	s->conns.handler = &conn_handler;
	s->conns.arg = s;
	s->conns.max_head = s->conf.request_max_head;
	s->conns.max_backlog = s->conf.hold_max_backlog;
	s->conns.timeout = s->conf.request_timeout;
	s->conns.max_conns = (unsigned int)descriptors;
	s->conns.http = s->technique->duplex != NULL;
	ev_timer_init(&s->drain, drain_over, 0., 0.);
	ev_prepare_init(&s->turn_end, turn_ends);
	ev_set_priority(&s->turn_end, EV_MINPRI);
	s->turn_end.data = s;
	ev_prepare_start(s->loop, &s->turn_end);
	conns_init(&s->conns);
	return open_technique(s, descriptors);
}

static void
close_all(struct serve *s)
{
	listen_stop(&s->listener);
	conns_close(&s->conns);
	close_technique(s);
	wheel_free(&s->wheel);
	request_free();
	ev_loop_destroy(s->loop);
}

/* --- from start to end -----------------------------------------------------
 */

static int
run(struct serve *s, const struct start *start)
{
	struct request request = {.variables = environ};

	if (!open_all(s)) {
		log_error("start", "reason=\"out of memory or descriptors, "
				   "or what was said before\"");
		return EXIT_FAILURE;
	}
	s->cgi = start->cgi;
	if (start->cgi) {
		conn_cgi_open(&s->conns, &request);
	} else {
		listen_start(&s->listener, s->loop, start->fd, accepted, s);
		if (start->listen != NULL)
			listen_unlink_at_stop(&s->listener, start->listen);
		log_info("start", "version=%s pid=%ld", PACKAGE_VERSION,
			 (long)getpid());
	}
	ev_run(s->loop, 0);
	close_all(s);
	return EXIT_SUCCESS;
}

int
serve_main(const struct technique *technique, int argc, char **argv)
{
	static struct serve s;
	struct start start = {.name = technique->name, .fd = -1};
	char error[CONF_ERROR_SIZE];
	int status;

	s.technique = technique;

	descriptors_fill_standard();
	if (getenv("GATEWAY_INTERFACE") == NULL &&
	    !start_read_options(&start, argc, argv, &status))
		return status;
	if (!conf_load(&s.conf, start.conf, error)) {
		fprintf(stderr, "%s.fcgi: %s\n", technique->name, error);
		return EXIT_FAILURE;
	}
	if (start.print_conf) {
		conf_print(&s.conf, stdout);
		return EXIT_SUCCESS;
	}
	log_open(technique->name, s.conf.log_level, s.conf.log_to);
	if (!start_find_socket(&start, &status))
		return status;
	return run(&s, &start);
}
