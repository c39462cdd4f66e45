/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/start.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/app/exposed.h"
#include "shared/base/log.h"
#include "shared/net/listen.h"

enum { EXIT_USAGE = 2 };

static const char help[] =
    "Usage: %s.fcgi [--listen ADDRESS] [--conf FILE] [--restart]\n"
    "       %s.fcgi --handoff unix:PATH --authorizer tcp:127.0.0.1:PORT ...\n"
    "       %s.fcgi --print-conf [--conf FILE] | --help | --version\n"
    "\n"
    "A FastCGI or CGI program, started by a web server, or with:\n"
    "  --listen ADDRESS  unix:PATH or tcp:HOST:PORT to accept requests on\n"
    "  --handoff unix:PATH, --authorizer tcp:127.0.0.1:PORT\n"
    "                    take clients that Apache hands off\n"
    "  --conf FILE       settings file, instead of " PUSHCGI_SYSCONFDIR
    "/pushcgi/push.conf\n"
    "  --restart         on SIGTERM begin anew, unless the web server sent it\n"
    "  --print-conf      print all settings as a settings file\n"
    "  --help, --version\n"
    "\n"
    "Each setting is also an environment variable: bus.url is "
    "PUSHCGI_BUS_URL.\n"
    "See pushcgi(8), push.conf(5).\n";

/* What is held is handed off, unless its client speaks, too. */
void
start_init(struct start *start, const struct technique *t)
{
	start->name = t->name;
	start->may_hand_off = technique_holds(t) && t->duplex == NULL;
}

static int
usage_fault(const struct start *start, const char *what)
{
	fprintf(stderr, "%s.fcgi: %s Try --help.\n", start->name, what);
	return EXIT_USAGE;
}

/* Sets by_hand. */
static bool
are_options_whole(struct start *start, int *status)
{
	bool hands_off = start->addresses[START_DESCRIPTORS] != NULL;

	start->by_hand = hands_off || start->addresses[START_REQUESTS] != NULL;
	if (hands_off != (start->addresses[START_AUTHORIZER] != NULL))
		*status = usage_fault(
		    start, "--handoff and --authorizer need each other.");
	else if (hands_off && !start->may_hand_off)
		*status = usage_fault(start, "This program has no hand-off.");
	else if (hands_off && start->restart)
		*status = usage_fault(
		    start, "--restart is for programs of a web server.");
	return *status == 0;
}

bool
start_read_options(struct start *start, int argc, char **argv, int *status)
{
	static const struct option options[] = {
	    {"authorizer", required_argument, NULL, 'a'},
	    {"conf", required_argument, NULL, 'c'},
	    {"handoff", required_argument, NULL, 'd'},
	    {"listen", required_argument, NULL, 'l'},
	    {"print-conf", no_argument, NULL, 'p'},
	    {"restart", no_argument, NULL, 'r'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'},
	    {NULL, 0, NULL, 0}};
	int option;

	*status = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'a':
			start->addresses[START_AUTHORIZER] = optarg;
			break;
		case 'c':
			start->conf = optarg;
			break;
		case 'd':
			start->addresses[START_DESCRIPTORS] = optarg;
			break;
		case 'l':
			start->addresses[START_REQUESTS] = optarg;
			break;
		case 'p':
			start->print_conf = true;
			break;
		case 'r':
			start->restart = true;
			break;
		case 'h':
			printf(help, start->name, start->name, start->name);
			return false;
		case 'v':
			printf("%s.fcgi (pushcgi) %s\n", start->name,
			       PACKAGE_VERSION);
			return false;
		default:
			*status = usage_fault(
			    start, "Unknown option, or a value is missing.");
			return false;
		}
	}
	if (optind < argc)
		*status = usage_fault(start, "Unexpected argument.");
	return *status == 0 && are_options_whole(start, status);
}

static const char *const option_names[START_SOCKETS] = {
    [START_REQUESTS] = "--listen",
    [START_AUTHORIZER] = "--authorizer",
    [START_DESCRIPTORS] = "--handoff",
};

static bool
fail(const struct start *start, const char *what)
{
	fprintf(stderr, "%s.fcgi: %s\n", start->name, what);
	return false;
}

/* Whoever may connect to these says who a client is. */
static bool
are_safe(const struct start *start)
{
	char address[EXPOSED_ADDRESS_SIZE];

	if (start->fds[START_AUTHORIZER] < 0)
		return true;
	if (!start->may_hand_off)
		return fail(start, "This program has no hand-off.");
	if (!listen_is_tcp(start->fds[START_AUTHORIZER]) ||
	    listen_is_tcp(start->fds[START_DESCRIPTORS]))
		return fail(start, "The hand-off takes a unix socket for "
				   "descriptors and a TCP port for the "
				   "authorizer.");
	if (exposed_is_remote(start->fds[START_AUTHORIZER], address))
		return fail(start, "Other machines must not connect to the "
				   "authorizer: use tcp:127.0.0.1:PORT.");
	return true;
}

static bool
open_sockets(struct start *start)
{
	char error[LISTEN_ERROR_SIZE];

	for (size_t i = 0; i < START_SOCKETS; i++) {
		if (start->addresses[i] == NULL)
			continue;
		start->fds[i] = listen_open(start->addresses[i], error);
		if (start->fds[i] < 0) {
			fprintf(stderr, "%s.fcgi: %s %s\n", start->name,
				option_names[i], error);
			return false;
		}
	}
	return are_safe(start);
}

static void
take_from_systemd(struct start *start)
{
	int fds[LISTEN_SYSTEMD_MAX];
	size_t count = listen_from_systemd(fds);
	bool tcp_first = count == 2 && listen_is_tcp(fds[0]);

	start->systemd = count > 0;
	if (count == 1)
		start->fds[START_REQUESTS] = fds[0];
	if (count != 2)
		return;
	start->fds[START_AUTHORIZER] = fds[tcp_first ? 0 : 1];
	start->fds[START_DESCRIPTORS] = fds[tcp_first ? 1 : 0];
}

bool
start_find_socket(struct start *start, int *status)
{
	*status = EXIT_FAILURE;
	for (size_t i = 0; i < START_SOCKETS; i++)
		start->fds[i] = -1;
	if (start->by_hand)
		return open_sockets(start);
	if (listen_is_listening(STDIN_FILENO)) {
		start->fds[START_REQUESTS] = STDIN_FILENO;
		return true;
	}
	take_from_systemd(start);
	if (start->systemd)
		return are_safe(start);
	start->cgi = getenv("GATEWAY_INTERFACE") != NULL;
	if (!start->cgi)
		*status = usage_fault(
		    start,
		    "No socket: use --listen, or start it from a web server.");
	return start->cgi;
}

void
start_log(const struct start *start, const struct conf *conf)
{
	enum log_level level = conf->log_level;

	if (start->cgi && !conf->log_level_is_set)
		level = LOG_LEVEL_WARN;
	log_open(start->name, level, conf->log_to);
	log_find_prefix(conf->log_time, start->cgi);
}
