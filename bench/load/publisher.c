/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/load/publisher.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/load/clock.h"

/* lighttpd closes what is idle for 5 s; on a busy machine it may be so long
 * since the last message. */
enum { KEEP_MS = 2000 };

static bool
say(const char *what, const char *why)
{
	fprintf(stderr, "load: publishing: %s: %s\n", what, why);
	return false;
}

static void
be_command(const char *command, const int pipe_fds[2])
{
	dup2(pipe_fds[0], STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

bool
publisher_open(struct publisher *p, const struct target *t)
{
	int fds[2];

	memset(p, 0, sizeof(*p));
	p->target = t;
	p->fd = -1;
	if (!t->publish_command)
		return true;
	signal(SIGPIPE, SIG_IGN);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return say("pipe", strerror(errno));
	p->pid = fork();
	if (p->pid < 0)
		return say("fork", strerror(errno));
	if (p->pid == 0)
		be_command(t->publish_command, fds);
	close(fds[0]);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	p->fd = fds[1];
	return true;
}

static void
disconnect(struct publisher *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->waiting = 0;
	p->asked = 0;
	p->out_len = 0;
	response_init(&p->response);
}

void
publisher_close(struct publisher *p)
{
	disconnect(p);
	if (p->pid > 0)
		waitpid(p->pid, NULL, 0);
	p->pid = 0;
}

/* The server would close the connection, with requests in it that it has not
 * read. */
static bool
is_used_up(const struct publisher *p)
{
	return p->target->publish_requests > 0 &&
	       p->asked >= p->target->publish_requests;
}

bool
publisher_is_free(const struct publisher *p)
{
	if (p->pid)
		return p->out_len == 0;
	if (is_used_up(p))
		return publisher_is_done(p);
	return p->waiting < p->target->publish_pipeline && p->out_len == 0;
}

bool
publisher_is_done(const struct publisher *p)
{
	return p->waiting == 0 && p->out_len == 0;
}

static bool
connect_to(struct publisher *p)
{
	const struct sockaddr_in *to = &p->target->publish_address;
	int on = 1;

	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return say("socket", strerror(errno));
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(p->fd, (const struct sockaddr *)to, sizeof(*to)) < 0)
		return say("connect", strerror(errno));
	fcntl(p->fd, F_SETFL, O_NONBLOCK);
	return true;
}

static bool
flush(struct publisher *p)
{
	ssize_t n;

	if (p->out_len == 0)
		return true;
	n = write(p->fd, p->out, p->out_len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n < 0)
		return say("send", strerror(errno));
	p->out_len -= (size_t)n;
	memmove(p->out, p->out + n, p->out_len);
	return true;
}

bool
publisher_send(struct publisher *p, uint32_t channel, const char *data,
	       bool *connected)
{
	uint64_t now = clock_ns();

	*connected = false;
	if (!p->pid && publisher_is_done(p) &&
	    (is_used_up(p) || now - p->used_ns > (uint64_t)KEEP_MS * NS_PER_MS))
		disconnect(p);
	if (!p->pid && p->fd < 0) {
		if (!connect_to(p))
			return false;
		*connected = true;
	}
	p->out_len = target_publication(p->target, p->out, sizeof(p->out),
					channel, data);
	if (p->out_len == 0)
		return say("send", "the message is too long");
	p->used_ns = now;
	p->waiting += !p->pid;
	p->asked++;
	return flush(p);
}

static bool
take_head(void *arg, unsigned int status)
{
	struct publisher *p = arg;

	p->refused = status < 200 || status > 299;
	if (p->refused)
		fprintf(stderr, "load: publishing: status %u\n", status);
	return !p->refused;
}

static bool
take_body(void *arg UNUSED, const char *bytes UNUSED, size_t len UNUSED)
{
	return true;
}

static bool
take_end(void *arg)
{
	struct publisher *p = arg;

	if (p->waiting > 0)
		p->waiting--;
	p->used_ns = clock_ns();
	return true;
}

bool
publisher_turn(struct publisher *p)
{
	const struct response_sink sink = {
	    .head = take_head, .body = take_body, .end = take_end, .arg = p};
	static char bytes[PUBLISHER_BUFFER];
	ssize_t n;

	if (p->fd < 0)
		return true;
	if (!flush(p))
		return false;
	if (p->pid)
		return true;
	n = recv(p->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n > 0) {
		if (!response_take(&p->response, bytes, (size_t)n, &sink))
			return p->refused ? false : say("answer", "no HTTP");
		if (p->response.closes && publisher_is_done(p))
			disconnect(p);
		return true;
	}
	if (p->response.state == RESPONSE_ENDLESS)
		take_end(p); /* its body ends with the connection */
	if (!publisher_is_done(p))
		return say("no whole answer", n < 0 ? strerror(errno) : "end");
	disconnect(p);
	return true;
}
