/* SPDX-License-Identifier: MIT */
/*
 * start.h - who started the program, and what they asked for.
 */
#ifndef SHARED_APP_START_H
#define SHARED_APP_START_H

#include <stdbool.h>

#include "shared/base/attributes.h"

struct start {
	const char *name;   /* of the program, without .fcgi: the caller's */
	const char *conf;   /* --conf, or NULL */
	const char *listen; /* --listen, or NULL */
	bool print_conf;    /* --print-conf */
	bool cgi;	    /* plain CGI: one request */
	int fd;		    /* listening, or -1 */
};

/* Reads the options; --help and --version are answered here. False: the
 * program ends with `*status`. */
bool start_read_options(struct start *start, int argc, char **argv,
			int *status) MUST_USE;

/* Finds or opens where requests come from: sets fd or cgi. False: there is
 * nowhere, which was said; the program ends with `*status`. */
bool start_find_socket(struct start *start, int *status) MUST_USE;

#endif
