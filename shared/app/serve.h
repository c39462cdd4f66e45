/* SPDX-License-Identifier: MIT */
/*
 * serve.h - the life of a program: settings, socket, loop, end.
 *
 * The mode depends on how it is started:
 *	descriptor 0 listens		FastCGI, by a web server or spawn-fcgi
 *	LISTEN_FDS (systemd)		FastCGI, on the passed socket
 *	--listen ADDRESS		FastCGI, on a socket of its own
 *	GATEWAY_INTERFACE is set	plain CGI: one request, then it exits
 * With GATEWAY_INTERFACE set, arguments are ignored: under CGI they come from
 * the query string (RFC 3875, 4.4).
 *
 * SIGTERM, SIGINT and SIGUSR1 stop it: it holds nobody any more, sends its
 * subscribers their last bytes, and exits when all is written, or after
 * hold.drain. Meanwhile it accepts connections, unless its socket outlives it.
 * With --restart it begins anew instead (restart.h).
 *
 * Manual: pushcgi(8)
 */
#ifndef SHARED_APP_SERVE_H
#define SHARED_APP_SERVE_H

#include "shared/technique.h"

/* Returns the exit status: 0; 1: a setting or the socket is invalid; 2: usage.
 */
int serve_main(const struct technique *technique, int argc, char **argv);

#endif
