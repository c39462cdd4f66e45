/* SPDX-License-Identifier: MIT */
/*
 * listen.h - a listening socket and accepting from it.
 *
 * It is descriptor 0 when a web server or spawn-fcgi started the process, one
 * that systemd passed, or one of its own. When descriptors run out, accepting
 * pauses for a moment; meanwhile connections wait in the kernel's backlog and
 * none is lost. Where a web server has its threads wait for an answer, it is
 * better to close them: listen_reject_when_short().
 *
 * Source: FastCGI specification 1.0, 2.2 (FCGI_LISTENSOCK_FILENO);
 *         sd_listen_fds(3), tcp(7); Linux, sk_clone_lock(), for what an
 *         accepted socket has of its listener
 */
#ifndef SHARED_NET_LISTEN_H
#define SHARED_NET_LISTEN_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"

enum {
	LISTEN_ERROR_SIZE = 256,
	LISTEN_SYSTEMD_MAX = 2 /* sockets that systemd may pass */
};

/* The callee owns `fd`, which is non-blocking and close-on-exec; on TCP with
 * TCP_NODELAY, or as listen_cork() says. */
typedef void listen_accept_fn(void *arg, int fd);

struct listener {
	struct ev_loop *loop;
	struct ev_io watcher;
	struct ev_timer pause;
	double pause_s; /* of the next */
	int fd;
	bool tcp;		   /* not a unix socket */
	bool cork;		   /* see listen_cork() */
	bool emptied;		   /* of those that came before it started */
	bool short_of_descriptors; /* since the last log line */
	uint64_t logged;	   /* clock_ms() of that line, or 0 */
	bool rejects;		   /* see listen_reject_when_short() */
	int spare;		   /* a descriptor, or -1 */
	unsigned int last_turn;	   /* of the loop, in which one was accepted */
	char *unlink_path;	   /* of our own unix socket, or NULL */
	listen_accept_fn *accepted;
	void *arg;
};

/* True when `fd` is a listening socket (SO_ACCEPTCONN). */
bool listen_is_listening(int fd);

/* It is a TCP socket, not a unix socket. */
bool listen_is_tcp(int fd);

/* The descriptors that systemd passed (LISTEN_PID is this process, LISTEN_FDS
 * is 1 or 2). Returns how many, or 0: none, or not all of them listen. */
size_t listen_from_systemd(int fds[LISTEN_SYSTEMD_MAX]);

/*
 * Opens `unix:PATH`, `tcp:HOST:PORT` or `tcp:[HOST6]:PORT`. Replaces the file
 * of a unix socket that no process listens on; the mode is 0660 minus the
 * umask. Returns the descriptor, or -1 and in `error` the address and a
 * sentence.
 */
int listen_open(const char *address, char error[LISTEN_ERROR_SIZE]) MUST_USE;

/* Starts accepting from `fd`, which the listener owns. */
void listen_start(struct listener *l, struct ev_loop *loop, int fd,
		  listen_accept_fn *accepted, void *arg);

/* For connections that end with what is sent first: it is sent together with
 * the end, in one segment. On TCP; anything else may come 200 ms late. Does
 * nothing if it is not started. */
void listen_cork(struct listener *l);

/* When descriptors run out, connections are accepted and closed at once, by a
 * descriptor that is kept for it. Does nothing if it is not started. */
void listen_reject_when_short(struct listener *l);

/* Connections wait in the backlog until listen_resume(). */
void listen_pause(struct listener *l);

void listen_resume(struct listener *l);

/* Accepts what waits in the backlog now. Returns how many. */
size_t listen_accept(struct listener *l);

/* listen_stop() will remove the socket file of `address` ("unix:PATH"). Does
 * nothing for another kind of address. */
void listen_unlink_at_stop(struct listener *l, const char *address);

/* Stops accepting and closes the socket. Calling it again does nothing. */
void listen_stop(struct listener *l);

#endif
