/* SPDX-License-Identifier: MIT */
/*
 * serve.h - the life of a program: settings, socket, loop, end.
 *
 * Whoever starts it decides what it is:
 *	descriptor 0 listens		FastCGI, of a web server or spawn-fcgi
 *	LISTEN_FDS (systemd)		FastCGI, on the socket that was passed
 *	--listen ADDRESS		FastCGI, on a socket of its own
 *	GATEWAY_INTERFACE is set	plain CGI: one request, then it ends
 * Started by a web server it does not look at its arguments: under CGI these
 * come from the query (RFC 3875, 4.4).
 *
 * SIGTERM, SIGINT and SIGUSR1 end it: no more is accepted, subscribers are
 *told, and it leaves when all is written, or after hold.drain.
 *
 * Manual: pushcgi(8)
 */
#ifndef SHARED_APP_SERVE_H
#define SHARED_APP_SERVE_H

#include "shared/technique.h"

/* Returns the exit status: 0, 1 for a fault in settings or socket, 2 for
 * usage. */
int serve_main(const struct technique *technique, int argc, char **argv);

#endif
