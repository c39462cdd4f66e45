/* SPDX-License-Identifier: MIT */
/*
 * start.h - the command line, where requests come from, and where the log goes.
 *
 * A program listens on the socket of requests, or on the two of the hand-off
 * (conn_handoff.h), or, by hand, on all three. systemd passes one socket of
 * requests, or the two of the hand-off, which their families tell apart.
 */
#ifndef SHARED_APP_START_H
#define SHARED_APP_START_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/technique.h"

enum start_socket {
	START_REQUESTS,	   /* FastCGI responder, HTTP/1.1 */
	START_AUTHORIZER,  /* FastCGI authorizer, of the hand-off */
	START_DESCRIPTORS, /* the sockets of clients, of the hand-off */
	START_SOCKETS
};

struct start {
	/* Set by start_init(): */
	const char *name;  /* of the program, without .fcgi */
	bool may_hand_off; /* its technique has the hand-off */
	const char *conf;  /* --conf, or NULL */
	/* --listen, --authorizer, --handoff; each or NULL */
	const char *addresses[START_SOCKETS];
	bool print_conf;	/* --print-conf */
	bool restart;		/* --restart */
	bool cgi;		/* plain CGI: one request on descriptors 0, 1 */
	int fds[START_SOCKETS]; /* listening, or -1 */
	bool by_hand;		/* it opened them itself */
	bool systemd;		/* which passed them, and keeps them open */
};

/* `start` is zeroed. */
void start_init(struct start *start, const struct technique *technique);

/* Parses the options; --help and --version print here. False: the program
 * exits with `*status`. */
bool start_read_options(struct start *start, int argc, char **argv,
			int *status) MUST_USE;

/* Finds or opens the listening sockets: sets fds or cgi. False: there is none,
 * or one is wrong, which was printed; the program exits with `*status`. */
bool start_find_socket(struct start *start, int *status) MUST_USE;

/* Opens the log. A plain CGI program, which begins anew for each request, logs
 * no info unless log.level is set. After start_find_socket(). */
void start_log(const struct start *start, const struct conf *conf);

#endif
