/* SPDX-License-Identifier: MIT */
/*
 * start.h - the command line, where requests come from, and where the log goes.
 */
#ifndef SHARED_APP_START_H
#define SHARED_APP_START_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"

struct start {
	const char *name;   /* of the program, without .fcgi: the caller's */
	const char *conf;   /* --conf, or NULL */
	const char *listen; /* --listen, or NULL */
	bool print_conf;    /* --print-conf */
	bool restart;	    /* --restart */
	bool cgi;	    /* plain CGI: one request on descriptors 0, 1 */
	int fd;		    /* listening, or -1 */
	bool systemd;	    /* which passed fd, and keeps it open */
};

/* Parses the options; --help and --version print here. False: the program
 * exits with `*status`. */
bool start_read_options(struct start *start, int argc, char **argv,
			int *status) MUST_USE;

/* Finds or opens the listening socket: sets fd or cgi. False: there is none,
 * which was printed; the program exits with `*status`. */
bool start_find_socket(struct start *start, int *status) MUST_USE;

/* Opens the log. A plain CGI program, which begins anew for each request, logs
 * no info unless log.level is set. After start_find_socket(). */
void start_log(const struct start *start, const struct conf *conf);

#endif
