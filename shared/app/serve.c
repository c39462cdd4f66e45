/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/serve.h"

#include <ev.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shared/app/dispatch.h"
#include "shared/app/exposed.h"
#include "shared/app/start.h"
#include "shared/base/descriptors.h"
#include "shared/base/log.h"
#include "shared/base/wheel.h"
#include "shared/conf/conf.h"
#include "shared/conf/conf_load.h"
#include "shared/conf/conf_print.h"
#include "shared/net/conn.h"
#include "shared/net/conn_accept.h"
#include "shared/net/conn_cgi.h"
#include "shared/net/conn_stalled.h"
#include "shared/net/listen.h"
#include "shared/technique.h"
#include "shared/wire/request.h"

enum {
	DESCRIPTORS_RESERVED = 32, /* Redis, log, listening, libev, slack */
	/* server.max-fds of deploy/lighttpd */
	DESCRIPTORS_LIGHTTPD = 65536,
	LARGE_ALLOCATION = 256 * 1024
};

/* The whole process. */
struct serve {
	struct conf conf;
	struct ev_loop *loop;
	struct wheel wheel;
	struct conns conns;
	struct listener listener;
	struct dispatch dispatch;
	struct ev_prepare turn_end;
	struct ev_signal signals[3];
	struct ev_timer drain;
	bool cgi;
	bool ending;
};

static void
accepted(void *arg, int fd)
{
	struct serve *s = arg;

	conn_accept(&s->conns, fd);
}

/* --- the loop ------------------------------------------------------------- */

/* A process that ends accepts until it has nothing left to do: a web server
 * whose connections are refused takes all of them for refused, for seconds. */
static bool
is_done(struct serve *s)
{
	if (!s->ending)
		return s->cgi && s->conns.count == 0;
	return s->conns.busy == 0 && s->conns.fresh == 0 &&
	       listen_accept(&s->listener) == 0;
}

/* Ends the loop when no conn is left, after closed ones were freed. */
static void
turn_ends(struct ev_loop *loop, ev_prepare *watcher, int revents)
{
	struct serve *s = watcher->data;

	(void)revents;
	if (is_done(s))
		ev_break(loop, EVBREAK_ALL);
}

static void
drain_over(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)timer;
	(void)revents;
	log_warn("stop", "reason=\"hold.drain is over; some clients are "
			 "behind\"");
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
	log_info("stop", "signal=%d conns=%zu", watcher->signum,
		 s->conns.count);
	ev_timer_set(&s->drain, s->conf.hold_drain, 0.);
	ev_timer_start(loop, &s->drain);
	dispatch_stop(&s->dispatch);
}

static void
catch_signals(struct serve *s)
{
	static const int ends[] = {SIGTERM, SIGINT, SIGUSR1};
	size_t i;

	/* replaces handlers that libfcgi has set */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		ev_signal_init(&s->signals[i], signalled, ends[i]);
		s->signals[i].data = s;
		ev_signal_start(s->loop, &s->signals[i]);
	}
}

/* A program that lighttpd has started has its limit of descriptors, of which
 * 70 % held requests may take, two each: lighttpd accepts nobody when 90 % are
 * in use, and begins again below 80 %. */
static void
set_budget_lighttpd(struct conf *conf, rlim_t descriptors)
{
	unsigned int some = DESCRIPTORS_LIGHTTPD;

	if (conf->hold_budget_lighttpd != CONF_AUTO)
		return;
	if (descriptors < some)
		some = (unsigned int)descriptors;
	conf->hold_budget_lighttpd = some * 7 / 20 + (some < 3); /* not 0 */
}

/* Raises the soft limit of descriptors to the hard one; returns it. */
static size_t
raise_descriptor_limit(struct conf *conf)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		limit.rlim_cur = limit.rlim_max = 1024;
	set_budget_lighttpd(conf, limit.rlim_cur);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur < CONF_AUTO ? (size_t)limit.rlim_cur : CONF_AUTO;
}

/* hold.max, or as many as the descriptors allow. */
static size_t
held_max(const struct serve *s, size_t descriptors)
{
	if (s->conf.hold_max != CONF_AUTO)
		return s->conf.hold_max;
	return descriptors > DESCRIPTORS_RESERVED
		   ? descriptors - DESCRIPTORS_RESERVED
		   : 0;
}

/* A large response goes back to the system when it is freed. Without this,
 * glibc soon takes such ones from the heap, where they leave holes: half as
 * much again as hold.max_memory was seen. */
static void
limit_heap(void)
{
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, LARGE_ALLOCATION);
#endif
}

static bool
open_all(struct serve *s)
{
	size_t descriptors = raise_descriptor_limit(&s->conf);

	limit_heap();
	s->loop = ev_default_loop(EVFLAG_AUTO);
	if (s->loop == NULL || !request_init())
		return false;
	srand((unsigned int)getpid() ^ (unsigned int)(ev_now(s->loop) * 1000));
	catch_signals(s);
	wheel_init(&s->wheel, s->loop);
	s->conns.loop = s->loop;
	s->conns.wheel = &s->wheel;
	s->conns.max_conns = (unsigned int)descriptors;
	dispatch_set_conns(&s->dispatch, &s->conns);
	ev_timer_init(&s->drain, drain_over, 0., 0.);
	ev_prepare_init(&s->turn_end, turn_ends);
	ev_set_priority(&s->turn_end, EV_MINPRI);
	s->turn_end.data = s;
	ev_prepare_start(s->loop, &s->turn_end);
	conns_init(&s->conns);
	conn_stalled_init(&s->conns);
	return dispatch_open(&s->dispatch, s->loop, &s->wheel,
			     held_max(s, descriptors));
}

static void
close_all(struct serve *s)
{
	listen_stop(&s->listener);
	conns_close(&s->conns);
	dispatch_close(&s->dispatch);
	wheel_free(&s->wheel);
	request_free();
	ev_loop_destroy(s->loop);
}

/* --- the program ---------------------------------------------------------- */

/* What the administrator should know at the start. Keys that are wrong do not
 * end the process: they are read again when they change. */
static void
log_start(struct serve *s)
{
	log_info("start", "version=%s pid=%ld", PACKAGE_VERSION,
		 (long)getpid());
	if (s->dispatch.technique->publish == NULL &&
	    (s->conf.access_subscribe & WHO_ANY))
		log_info("open", "setting=access.subscribe reason=\"whoever "
				 "knows the name of a channel may subscribe to "
				 "it\"");
	exposed_log(&s->conf, s->listener.fd);
	access_keys_check(&s->dispatch.keys);
}

static int
run(struct serve *s, const struct start *start)
{
	struct request request = {.variables = environ};

	if (!open_all(s)) {
		log_error("start", "reason=\"cannot open the event loop, the "
				   "request decoder or the bus\"");
		return EXIT_FAILURE;
	}
	s->cgi = start->cgi;
	if (start->cgi) {
		conn_cgi_open(&s->conns, &request);
	} else {
		listen_start(&s->listener, s->loop, start->fd, accepted, s);
		if (start->listen != NULL)
			listen_unlink_at_stop(&s->listener, start->listen);
		log_start(s);
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

	s.dispatch.technique = technique;
	s.dispatch.conf = &s.conf;
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
