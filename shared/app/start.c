/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/start.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/net/listen.h"

enum { EXIT_USAGE = 2 };

static const char help[] =
    "Usage: %s.fcgi [--listen ADDRESS] [--conf FILE] [--restart]\n"
    "       %s.fcgi --print-conf [--conf FILE] | --help | --version\n"
    "\n"
    "A FastCGI or CGI program, started by a web server, or with:\n"
    "  --listen ADDRESS  unix:PATH or tcp:HOST:PORT to accept requests on\n"
    "  --conf FILE       settings file, instead of " PUSHCGI_SYSCONFDIR
    "/pushcgi/push.conf\n"
    "  --restart         on SIGTERM begin anew, unless the web server sent it\n"
    "  --print-conf      print all settings as a settings file\n"
    "  --help, --version\n"
    "\n"
    "Each setting is also an environment variable: bus.url is "
    "PUSHCGI_BUS_URL.\n"
    "See pushcgi(8), push.conf(5).\n";

static int
usage_fault(const struct start *start, const char *what)
{
	fprintf(stderr, "%s.fcgi: %s Try --help.\n", start->name, what);
	return EXIT_USAGE;
}

bool
start_read_options(struct start *start, int argc, char **argv, int *status)
{
	static const struct option options[] = {
	    {"conf", required_argument, NULL, 'c'},
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
		case 'c':
			start->conf = optarg;
			break;
		case 'l':
			start->listen = optarg;
			break;
		case 'p':
			start->print_conf = true;
			break;
		case 'r':
			start->restart = true;
			break;
		case 'h':
			printf(help, start->name, start->name);
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
	return *status == 0;
}

bool
start_find_socket(struct start *start, int *status)
{
	char error[LISTEN_ERROR_SIZE];

	*status = EXIT_FAILURE;
	start->fd = -1;
	if (start->listen != NULL) {
		start->fd = listen_open(start->listen, error);
		if (start->fd < 0)
			fprintf(stderr, "%s.fcgi: %s\n", start->name, error);
		return start->fd >= 0;
	}
	if (listen_is_listening(STDIN_FILENO)) {
		start->fd = STDIN_FILENO;
	} else {
		start->fd = listen_from_systemd();
		start->systemd = start->fd >= 0;
	}
	if (start->fd >= 0)
		return true;
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
