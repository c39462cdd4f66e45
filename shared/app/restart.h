/* SPDX-License-Identifier: MIT */
/*
 * restart.h - a program that a web server started begins anew at SIGTERM, in
 * the same process and with the same socket (--restart).
 *
 * lighttpd keeps nothing open of the socket of a program that it starts. When
 * the program ends, a connect is refused, and lighttpd answers all requests for
 * it with 503 for 1 to 3 s, which ends an EventSource for good. A program that
 * begins anew closes nothing: connections wait in the backlog meanwhile.
 *
 * SIGTERM of the web server still ends it, and so does the end of the web
 * server.
 *
 * Source: prctl(2), PR_SET_PDEATHSIG; unix(7), SO_PEERCRED; execve(2)
 */
#ifndef SHARED_APP_RESTART_H
#define SHARED_APP_RESTART_H

#include <stdbool.h>

/* From now on restart_is_due() knows who sent a SIGTERM, and one is sent when
 * the parent ends or has ended. `fd` is the listening socket. Replaces libev's
 * handler of SIGTERM, and calls it. */
void restart_watch(int fd);

/* After a SIGTERM: its sender is another process than the parent, which is
 * still there. */
bool restart_is_due(void);

/* Begins anew with `fd` as descriptor 0. Returns only if that failed, which was
 * logged. */
void restart_now(int fd, char *const argv[]);

#endif
