/* SPDX-License-Identifier: MIT */
/*
 * listen.h - where connections come from, and taking them.
 *
 * A process has one listening socket: descriptor 0 when a web server or
 * spawn-fcgi started it, the one systemd passes, or one of its own. When
 * descriptors run out it stops taking for a moment; those who connect wait in
 * the kernel's queue meanwhile, nobody is lost.
 *
 * Source: FastCGI specification 1.0, 2.2 (FCGI_LISTENSOCK_FILENO);
 *         sd_listen_fds(3)
 */
#ifndef SHARED_NET_LISTEN_H
#define SHARED_NET_LISTEN_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"

enum { LISTEN_ERROR_SIZE = 256 };

/* `fd` is the callee's from now on: non-blocking, close-on-exec. */
typedef void listen_accept_fn(void *arg, int fd);

struct listener {
	struct ev_loop *loop;
	struct ev_io watcher;
	struct ev_timer pause;
	int fd;
	bool short_of_descriptors; /* said so in the log */
	char *unlink_path;	   /* of a unix socket we made, or NULL */
	listen_accept_fn *accepted;
	void *arg;
};

/* Is descriptor `fd` a listening stream socket (SO_ACCEPTCONN)? */
bool listen_is_listening(int fd);

/* The descriptor systemd passed (LISTEN_PID is us, LISTEN_FDS is 1), or -1. */
int listen_from_systemd(void);

/*
 * Opens `unix:PATH`, `tcp:HOST:PORT` or `tcp:[HOST6]:PORT`. A unix socket that
 * nobody listens on any more is replaced; its mode is 0660 less the umask.
 * Returns the descriptor, or -1 and a sentence in `error`.
 */
int listen_open(const char *address, char error[LISTEN_ERROR_SIZE]) MUST_USE;

/* Takes connections from `fd`, which it owns from now on. */
void listen_start(struct listener *l, struct ev_loop *loop, int fd,
		  listen_accept_fn *accepted, void *arg);

/* Removes the socket file of `address` ("unix:PATH") when it stops; for any
 * other address nothing happens. */
void listen_unlink_at_stop(struct listener *l, const char *address);

/* Takes no more; closes the socket. Twice is fine. */
void listen_stop(struct listener *l);

#endif
