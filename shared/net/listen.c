/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/number.h"
#include "shared/base/xalloc.h"

enum {
	BACKLOG = 4096,	       /* the kernel limits it to somaxconn */
	ACCEPTS_PER_TURN = 64, /* so that conns are served meanwhile */
	SYSTEMD_FIRST_FD = 3,  /* SD_LISTEN_FDS_START */
	SOCKET_MODE = 0660,
	LOG_AGAIN_MS = 1000
};

/* After the first shortage of several, which is mostly over soon; each further
 * pause is twice as long. */
static const double PAUSE_S = 0.01, PAUSE_MAX_S = 0.5;

bool
listen_is_listening(int fd)
{
	int listening = 0;
	socklen_t len = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) ==
		   0 &&
	       listening;
}

/* The value of an environment variable; 0 when it is unset or no number. */
static uint64_t
number_of(const char *variable)
{
	const char *value = getenv(variable);
	uint64_t n;

	if (value == NULL || !number_parse(&n, text_of(value), UINT64_MAX))
		return 0;
	return n;
}

size_t
listen_from_systemd(int fds[LISTEN_SYSTEMD_MAX])
{
	uint64_t count = number_of("LISTEN_FDS");

	if (number_of("LISTEN_PID") != (uint64_t)getpid() ||
	    count > LISTEN_SYSTEMD_MAX)
		return 0;
	for (size_t i = 0; i < count; i++) {
		fds[i] = SYSTEMD_FIRST_FD + (int)i;
		if (!listen_is_listening(fds[i]))
			return 0;
	}
	return count;
}

static int
fail(char error[LISTEN_ERROR_SIZE], const char *address, const char *what)
{
	snprintf(error, LISTEN_ERROR_SIZE, "%s: %s", address, what);
	return -1;
}

/* True when the path is a socket file that no process listens on. */
static bool
is_stale(const struct sockaddr_un *sun)
{
	struct stat st;
	bool stale;
	int fd;

	if (lstat(sun->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	stale = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) != 0 &&
		errno == ECONNREFUSED;
	close(fd);
	return stale;
}

static int
open_unix(const char *address, const char *path, char error[LISTEN_ERROR_SIZE])
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	mode_t mask;
	int fd, ok;

	if (path[0] == '\0' || strlen(path) >= sizeof(sun.sun_path))
		return fail(error, address,
			    "the path of a unix socket has 1 to 107 bytes.");
	memcpy(sun.sun_path, path, strlen(path) + 1);
	if (is_stale(&sun))
		unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(error, address, strerror(errno));
	mask = umask(0);
	umask(mask);
	umask(mask | (0777 & ~SOCKET_MODE));
	ok = bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 &&
	     listen(fd, BACKLOG) == 0;
	umask(mask);
	if (ok)
		return fd;
	fail(error, address,
	     errno == EADDRINUSE ? "the path is in use: a process listens "
				   "on it, or it is not a socket."
				 : strerror(errno));
	close(fd);
	return -1;
}

static int
bind_tcp(const struct addrinfo *info)
{
	int one = 1, saved;
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int
open_tcp(const char *address, const char *where, char error[LISTEN_ERROR_SIZE])
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *info;
	const char *colon = strrchr(where, ':'), *end = colon;
	char host[256];
	int fd;

	if (colon == NULL || colon == where || colon[1] == '\0')
		return fail(error, address, "expected tcp:HOST:PORT.");
	if (where[0] == '[' && colon[-1] == ']') {
		where++;
		end--;
	}
	snprintf(host, sizeof(host), "%.*s", (int)(end - where), where);
	fd = getaddrinfo(host, colon + 1, &hints, &info);
	if (fd != 0)
		return fail(error, address, gai_strerror(fd));
	fd = bind_tcp(info);
	if (fd < 0)
		fail(error, address, strerror(errno));
	freeaddrinfo(info);
	return fd;
}

int
listen_open(const char *address, char error[LISTEN_ERROR_SIZE])
{
	if (strncmp(address, "unix:", 5) == 0)
		return open_unix(address, address + 5, error);
	if (strncmp(address, "tcp:", 4) == 0)
		return open_tcp(address, address + 4, error);
	return fail(error, address, "expected unix:PATH or tcp:HOST:PORT.");
}

void
listen_pause(struct listener *l)
{
	ev_timer_stop(l->loop, &l->pause);
	ev_io_stop(l->loop, &l->watcher);
}

void
listen_resume(struct listener *l)
{
	ev_io_start(l->loop, &l->watcher);
}

/* A file the wall might not let it open again, so it is another descriptor of
 * the listening socket. */
static void
take_spare(struct listener *l)
{
	if (l->rejects && l->spare < 0)
		l->spare = fcntl(l->fd, F_DUPFD_CLOEXEC, 0);
}

void
listen_reject_when_short(struct listener *l)
{
	if (l->loop == NULL || l->fd < 0)
		return;
	l->rejects = true;
	take_spare(l);
}

/* Accepts one with the spare descriptor, and closes it. Returns the error of
 * accept(), or 0. */
static int
reject(struct listener *l)
{
	int fd, error;

	close(l->spare);
	l->spare = -1;
	fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	error = fd < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	take_spare(l);
	return error;
}

static void
pause_over(struct ev_loop *loop, ev_timer *pause, int revents)
{
	(void)loop;
	(void)revents;
	take_spare(pause->data);
	listen_resume(pause->data);
}

static void
log_short(struct listener *l, int error)
{
	uint64_t now = clock_ms();

	if (!l->short_of_descriptors &&
	    (l->logged == 0 || now - l->logged >= LOG_AGAIN_MS)) {
		l->logged = now;
		log_error("accept",
			  "reason=\"%s\" hint=\"raise the limit of open files "
			  "(ulimit -n, LimitNOFILE=)\"",
			  strerror(error));
	}
	l->short_of_descriptors = true;
}

/* Out of descriptors or kernel memory: the socket stays readable, so the loop
 * would spin without a pause. */
static void
wait_for_descriptors(struct listener *l)
{
	listen_pause(l);
	ev_timer_set(&l->pause, l->pause_s, 0.);
	ev_timer_start(l->loop, &l->pause);
	l->pause_s =
	    l->pause_s < PAUSE_MAX_S / 2 ? l->pause_s * 2 : PAUSE_MAX_S;
}

bool
listen_is_tcp(int fd)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);

	return getsockname(fd, (struct sockaddr *)&name, &len) == 0 &&
	       (name.ss_family == AF_INET || name.ss_family == AF_INET6);
}

static bool
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	       error == ENOMEM;
}

/* After an error of accept(). True: the next one may be accepted now. */
static bool
goes_on(struct listener *l, int error)
{
	if (error == EINTR || error == ECONNABORTED)
		return true;
	if (!is_shortage(error)) {
		l->short_of_descriptors = false;
		l->emptied = true;
		return false;
	}
	log_short(l, error);
	/* The kernel says so even if nobody waits. */
	error = l->spare >= 0 ? reject(l) : error;
	if (is_shortage(error))
		wait_for_descriptors(l);
	return error == 0;
}

static void
set_option(int fd, int option, int value)
{
	setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value));
}

/* Without TCP_NODELAY the kernel holds a short write back until the peer
 * acknowledges the one before, which takes up to 40 ms. */
static void
set_options(const struct listener *l, int fd)
{
	set_option(fd, TCP_NODELAY, !l->cork);
	set_option(fd, TCP_CORK, l->cork);
}

void
listen_cork(struct listener *l)
{
	l->cork = true;
	if (l->loop != NULL && l->tcp)
		set_options(l, l->fd);
}

static size_t
accept_some(struct listener *l, int max)
{
	size_t accepted = 0;
	int fd, i;

	for (i = 0; i < max && l->fd >= 0; i++) {
		fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			if (l->tcp && !l->emptied)
				set_options(l, fd);
			l->pause_s = PAUSE_S;
			l->accepted(l->arg, fd);
			accepted++;
			continue;
		}
		if (!goes_on(l, errno))
			break;
	}
	return accepted;
}

size_t
listen_accept(struct listener *l)
{
	return l->loop != NULL ? accept_some(l, ACCEPTS_PER_TURN) : 0;
}

/* Mostly one comes alone, and to ask whether there is another takes half as
 * long as to accept it. When they come in turn after turn, there are more. */
static void
acceptable(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct listener *l = watcher->data;
	unsigned int turn = ev_iteration(loop);
	bool crowded = turn == l->last_turn + 1 || l->short_of_descriptors ||
		       (l->tcp && !l->emptied);

	(void)revents;
	l->last_turn = turn;
	accept_some(l, crowded ? ACCEPTS_PER_TURN : 1);
}

void
listen_start(struct listener *l, struct ev_loop *loop, int fd,
	     listen_accept_fn *accepted, void *arg)
{
	memset(l, 0, sizeof(*l));
	l->loop = loop;
	l->fd = fd;
	l->spare = -1;
	l->pause_s = PAUSE_S;
	l->tcp = listen_is_tcp(fd);
	l->accepted = accepted;
	l->arg = arg;
	/* affects all processes that share the socket; all need it */
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	/* A connection that comes from now on has them, too, which saves the
	 * calls for each. */
	if (l->tcp)
		set_options(l, fd);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	ev_timer_init(&l->pause, pause_over, PAUSE_S, 0.);
	l->pause.data = l;
	ev_io_init(&l->watcher, acceptable, fd, EV_READ);
	l->watcher.data = l;
	ev_io_start(loop, &l->watcher);
}

void
listen_unlink_at_stop(struct listener *l, const char *address)
{
	if (strncmp(address, "unix:", 5) == 0)
		l->unlink_path = xstrdup(address + 5);
}

void
listen_stop(struct listener *l)
{
	if (l->loop == NULL || l->fd < 0)
		return;
	ev_io_stop(l->loop, &l->watcher);
	ev_timer_stop(l->loop, &l->pause);
	close(l->fd);
	l->fd = -1;
	if (l->spare >= 0)
		close(l->spare);
	l->spare = -1;
	if (l->unlink_path != NULL)
		unlink(l->unlink_path);
	free(l->unlink_path);
	l->unlink_path = NULL;
}
