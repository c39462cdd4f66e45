/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/serve.h"

#include <ev.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/app/capacity.h"
#include "shared/app/dispatch.h"
#include "shared/app/enclose.h"
#include "shared/app/entry_writer.h"
#include "shared/app/exposed.h"
#include "shared/app/hook_keeper.h"
#include "shared/app/listeners.h"
#include "shared/app/restart.h"
#include "shared/app/start.h"
#include "shared/base/descriptors.h"
#include "shared/base/log.h"
#include "shared/base/private_memory.h"
#include "shared/base/wheel.h"
#include "shared/conf/conf.h"
#include "shared/conf/conf_load.h"
#include "shared/conf/conf_print.h"
#include "shared/conf/conf_set.h"
#include "shared/net/conn.h"
#include "shared/net/conn_cgi.h"
#include "shared/net/conn_stalled.h"
#include "shared/technique.h"
#include "shared/wire/request.h"

enum {
	LARGE_ALLOCATION = 256 * 1024,
	BACKLOG_WAIT = 1,  /* s, which connections wait there at the end */
	SETTINGS_AGAIN = 3 /* s, until wrong ones are read again */
};

/* The whole process. */
struct serve {
	const struct technique *technique;
	const struct start *start;
	char **argv;
	struct conf conf;
	char fault[CONF_ERROR_SIZE]; /* of the settings, as last logged */
	struct ev_timer again;	     /* reads wrong settings again */
	struct ev_loop *loop;
	struct wheel wheel;
	struct conns conns;
	struct listeners listeners;
	struct dispatch dispatch;
	struct entry_writer entries;
	struct ev_prepare turn_end;
	struct ev_signal signals[3];
	struct ev_timer drain;
	struct capacity capacity;
	int hook_pipe;	  /* of hook_command.h, or -1 */
	const char *wall; /* what of it is in force; NULL: not raised yet */
	bool cgi;
	bool ending;
	bool drained;	 /* hold.drain is over */
	bool restarts;	 /* begins anew at its end */
	bool in_backlog; /* at the end; the next process accepts them */
};

/* --- the loop ------------------------------------------------------------- */

/* Unless its socket stays open, a process that ends accepts until it has
 * nothing left to do: a web server whose connections are refused takes all of
 * them for refused, for seconds. */
static bool
is_done(struct serve *s)
{
	if (!s->ending)
		return s->cgi && s->conns.count == 0 &&
		       dispatch_end(&s->dispatch);
	if (s->drained)
		return true;
	return s->conns.busy == 0 && s->conns.fresh == 0 &&
	       dispatch_end(&s->dispatch) &&
	       (s->in_backlog || listeners_accept(&s->listeners) == 0);
}

/* Ends the loop when no conn is left, after closed ones were freed. */
static void
turn_ends(struct ev_loop *loop, ev_prepare *watcher, int revents)
{
	struct serve *s = watcher->data;

	(void)revents;
	if (is_done(s) && !entry_writer_stop(&s->entries))
		ev_break(loop, EVBREAK_ALL);
}

static void
wait_for_drain(struct serve *s, double seconds)
{
	ev_timer_set(&s->drain, seconds, 0.);
	ev_timer_start(s->loop, &s->drain);
}

static void
drain_over(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct serve *s = timer->data;

	(void)loop;
	(void)revents;
	if (s->in_backlog && s->conf.hold_drain > BACKLOG_WAIT) {
		s->in_backlog = false;
		listeners_resume(&s->listeners);
		wait_for_drain(s, s->conf.hold_drain - BACKLOG_WAIT);
		return;
	}
	log_warn("stop", "reason=\"hold.drain is over; some clients are "
			 "behind\"");
	s->drained = true; /* the turn ends the loop */
}

static void
signalled(struct ev_loop *loop, ev_signal *watcher, int revents)
{
	struct serve *s = watcher->data;

	(void)revents;
	if (s->ending)
		return;
	s->ending = true;
	s->restarts =
	    s->start->restart && watcher->signum == SIGTERM && restart_is_due();
	s->in_backlog = s->restarts || s->start->systemd;
	log_info("stop", "signal=%d conns=%zu restart=%s", watcher->signum,
		 s->conns.count, s->restarts ? "yes" : "no");
	if (s->in_backlog)
		listeners_pause(&s->listeners);
	wait_for_drain(s, s->in_backlog && s->conf.hold_drain > BACKLOG_WAIT
			      ? BACKLOG_WAIT
			      : s->conf.hold_drain);
	ev_timer_stop(loop, &s->again);
	entry_writer_end(&s->entries);
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

static void
enclose_now(void *arg)
{
	struct serve *s = arg;

	s->wall = enclose(s->start, &s->conf, s->technique->publish != NULL,
			  s->argv[0]);
}

/* What serves requests. False: the settings are wrong, as `fault` says. */
static bool
open_service(struct serve *s, char fault[CONF_ERROR_SIZE])
{
	capacity_set_budget(&s->capacity, &s->conf);
	s->dispatch = (struct dispatch){
	    .technique = s->technique,
	    .conf = &s->conf,
	    .wheel = &s->wheel,
	    .held_max = capacity_held_max(&s->capacity, &s->conf),
	    .once = s->start->cgi,
	    .hands_off = s->start->fds[START_AUTHORIZER] >= 0,
	    .hook_pipe = s->hook_pipe,
	    .enclose = enclose_now,
	    .enclose_arg = s};
	s->conns =
	    (struct conns){.loop = s->loop,
			   .wheel = &s->wheel,
			   .max_conns = (unsigned int)s->capacity.descriptors};
	dispatch_set_conns(&s->dispatch, &s->conns);
	capacity_limit_conns(&s->capacity, &s->conns);
	if (!dispatch_open(&s->dispatch, s->loop, fault))
		return false;
	conns_init(&s->conns);
	conn_stalled_init(&s->conns);
	return true;
}

static void
close_service(struct serve *s)
{
	entry_writer_close(&s->entries);
	conns_close(&s->conns);
	dispatch_close(&s->dispatch);
}

/* --- wrong settings ------------------------------------------------------- */

static void
log_fault(struct serve *s, const char *fault)
{
	if (strcmp(s->fault, fault) != 0)
		log_error("settings", "reason=\"%s\"", fault);
	snprintf(s->fault, sizeof(s->fault), "%s", fault);
}

/* Serves with the defaults in the place of wrong settings: everybody is told to
 * come back. */
static bool
stand_in(struct serve *s, const char *fault)
{
	char none[CONF_ERROR_SIZE];
	const char *file = s->conf.file;

	log_fault(s, fault);
	conf_free(&s->conf);
	conf_init(&s->conf);
	s->conf.file = file;
	s->conf.stand_in = true;
	return open_service(s, none);
}

/* What the administrator should know at the start. Keys that are wrong do not
 * end the process: they are read again when they change. */
static void
log_start(struct serve *s)
{
	char redis[CONF_REDIS_SHOWN];

	conf_show_redis(redis, &s->conf);
	log_info("start",
		 "version=%s pid=%ld settings=\"%s\" redis=\"%s\" wall=%s",
		 PACKAGE_VERSION, (long)getpid(),
		 s->conf.file != NULL ? s->conf.file : "none",
		 s->conf.stand_in ? "none" : redis, s->wall);
	if (s->conf.stand_in)
		return;
	if (technique_subscribes(s->technique) &&
	    (s->conf.access_subscribe & WHO_ANY))
		log_info("open", "setting=access.subscribe reason=\"whoever "
				 "knows the name of a channel may subscribe to "
				 "it\"");
	exposed_log(&s->conf, s->start->fds[START_REQUESTS]);
	access_keys_check(&s->dispatch.keys);
}

/* Reads them again. When they are right, those are disconnected that were just
 * told to come back. */
static void
settings_again(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct serve *s = timer->data;
	struct conf conf;
	char fault[CONF_ERROR_SIZE];

	(void)revents;
	if (!conf_load(&conf, s->start->conf, fault)) {
		log_fault(s, fault);
		conf_free(&conf);
		return;
	}
	close_service(s);
	conf_free(&s->conf);
	s->conf = conf;
	if (!open_service(s, fault)) {
		if (!stand_in(s, fault))
			ev_break(loop, EVBREAK_ALL);
		return;
	}
	ev_timer_stop(loop, timer);
	entry_writer_start(&s->entries, loop, &s->dispatch, &s->conns);
	start_log(s->start, &s->conf);
	log_start(s);
}

/* --- the loop, open and close --------------------------------------------- */

/* The loop, and what else does not depend on the settings. */
static bool
open_loop(struct serve *s)
{
	limit_heap();
	capacity_raise(&s->capacity);
	s->loop = ev_default_loop(EVFLAG_AUTO);
	if (s->loop == NULL || !request_init())
		return false;
	srand((unsigned int)getpid() ^
	      (unsigned int)(uint64_t)(ev_now(s->loop) * 1000));
	catch_signals(s);
	wheel_init(&s->wheel, s->loop);
	ev_timer_init(&s->drain, drain_over, 0., 0.);
	s->drain.data = s;
	ev_timer_init(&s->again, settings_again, SETTINGS_AGAIN,
		      SETTINGS_AGAIN);
	s->again.data = s;
	ev_prepare_init(&s->turn_end, turn_ends);
	ev_set_priority(&s->turn_end, EV_MINPRI);
	s->turn_end.data = s;
	ev_prepare_start(s->loop, &s->turn_end);
	return true;
}

static void
close_all(struct serve *s)
{
	listeners_stop(&s->listeners);
	ev_timer_stop(s->loop, &s->again);
	close_service(s);
	wheel_free(&s->wheel);
	request_free();
	ev_loop_destroy(s->loop);
}

/* Begins anew if it was told so, and its web server has not ended it since:
 * returns only if not. */
static void
end(struct serve *s)
{
	int fd = -1;

	if (s->restarts && restart_is_due())
		fd = fcntl(s->start->fds[START_REQUESTS], F_DUPFD_CLOEXEC,
			   STDERR_FILENO + 1);
	close_all(s);
	if (fd < 0)
		return;
	hook_keeper_pass(s->hook_pipe, s->conf.hook_command);
	restart_now(fd, s->argv);
	close(fd);
}

/* --- the program ---------------------------------------------------------- */

/* Whoever starts the program by hand sees at once what is wrong. */
static int
refuse_settings(const struct start *start, const char *fault)
{
	fprintf(stderr, "%s.fcgi: %s\n", start->name, fault);
	return EXIT_FAILURE;
}

/* Before the wall. A technique that holds nobody, and a plain CGI program, tell
 * a program nothing. */
static void
start_hook(struct serve *s)
{
	bool tells = technique_holds(s->technique) && !s->start->cgi;

	s->hook_pipe = hook_keeper_start(tells ? s->conf.hook_command : "");
}

/* `fault`: of the settings, or "". */
static int
run(struct serve *s, char fault[CONF_ERROR_SIZE])
{
	const struct start *start = s->start;
	struct request request = {.variables = environ};

	if (!open_loop(s)) {
		log_error("start", "reason=\"cannot open the event loop or the "
				   "request decoder\"");
		return EXIT_FAILURE;
	}
	if (fault[0] != '\0' || !open_service(s, fault)) {
		if (start->by_hand || !stand_in(s, fault))
			return refuse_settings(start, fault);
		ev_timer_start(s->loop, &s->again);
	}
	s->cgi = start->cgi;
	if (start->cgi) {
		conn_cgi_open(&s->conns, &request);
	} else {
		listeners_start(&s->listeners, s->loop, start, &s->conns);
		if (start->restart)
			restart_watch(start->fds[START_REQUESTS]);
		entry_writer_start(&s->entries, s->loop, &s->dispatch,
				   &s->conns);
		log_start(s);
	}
	ev_run(s->loop, 0);
	end(s);
	return EXIT_SUCCESS;
}

int
serve_main(const struct technique *technique, int argc, char **argv)
{
	static struct serve s;
	static struct start start;
	char fault[CONF_ERROR_SIZE] = "";
	int status;

	start_init(&start, technique);
	s.start = &start;
	s.argv = argv;
	s.technique = technique;
	private_memory_start();
	descriptors_fill_standard();
	if (getenv("GATEWAY_INTERFACE") == NULL &&
	    !start_read_options(&start, argc, argv, &status))
		return status;
	if (!conf_load(&s.conf, start.conf, fault) &&
	    (start.print_conf || start.by_hand))
		return refuse_settings(&start, fault);
	if (start.print_conf) {
		conf_print(&s.conf, stdout);
		return EXIT_SUCCESS;
	}
	if (!start_find_socket(&start, &status))
		return fault[0] != '\0' ? refuse_settings(&start, fault)
					: status;
	start_log(&start, &s.conf);
	start_hook(&s);
	return run(&s, fault);
}
