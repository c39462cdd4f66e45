/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/hook_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/number.h"
#include "shared/base/text.h"
#include "shared/base/xalloc.h"
#include "shared/conf/conf_table.h"

enum {
	BUFFER_SIZE = 64 * 1024,
	PAUSE_MAX_MS = 60 * 1000,
	STEADY_MS = 10 * 1000, /* a hook that lives so long works */
	EOF_MS = 5 * 1000,     /* for what is left, and then for its end */
	TERM_MS = 2 * 1000,
	STEP_MS = 50, /* how often it is looked for its end then */
	IN = STDERR_FILENO + 1
};

/* In the environment: the descriptor, a space, the path of the program. */
#define PASSED "PUSH_HOOK_PIPE"

struct keeper {
	const char *program;
	pid_t hook;  /* 0: it does not run */
	int out;     /* to it; -1: it does not run */
	bool closed; /* the pipe was, at its other end */
	bool ended;  /* nothing is left in it */
	uint64_t started, again;
	unsigned int pause; /* ms */
	/* The lines from `line` on are not known to be read whole; those before
	 * `at` are written. */
	size_t line, at, len;
	char bytes[BUFFER_SIZE];
};

static const int ignored[] = {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGUSR1};

/* --- the hook ------------------------------------------------------------- */

/* Settings in the environment may be secrets, such as the password of Redis. */
static void
drop_settings(void)
{
	const size_t len = sizeof(CONF_VARIABLE_PREFIX) - 1;
	char **kept = environ;

	for (char **at = environ; *at != NULL; at++)
		if (strncmp(*at, CONF_VARIABLE_PREFIX, len) != 0)
			*kept++ = *at;
	*kept = NULL;
}

static void NORETURN
become_hook(const struct keeper *k, int in, pid_t keeper)
{
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != keeper || dup2(in, STDIN_FILENO) < 0)
		_exit(127);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	drop_settings();
	execl(k->program, k->program, (char *)NULL);
	log_error("hook", "program=\"%s\" reason=\"%s\"", k->program,
		  strerror(errno));
	_exit(127);
}

static void
start_hook(struct keeper *k)
{
	pid_t keeper = getpid();
	int pipes[2];

	k->started = clock_ms();
	if (pipe2(pipes, O_CLOEXEC) != 0)
		return;
	k->hook = fork();
	if (k->hook == 0)
		become_hook(k, pipes[0], keeper);
	close(pipes[0]);
	if (k->hook < 0) {
		k->hook = 0;
		close(pipes[1]);
		return;
	}
	k->out = pipes[1];
	fcntl(k->out, F_SETFL, O_NONBLOCK);
}

/* Waits for its end. False: it did not come within `ms`. */
static bool
has_ended(struct keeper *k, unsigned int ms)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
	uint64_t until = clock_ms() + ms;

	while (k->hook > 0 && waitpid(k->hook, NULL, WNOHANG) == 0) {
		if (clock_ms() >= until)
			return false;
		nanosleep(&step, NULL);
	}
	k->hook = 0;
	return true;
}

static void
end_hook(struct keeper *k, unsigned int ms)
{
	if (k->out >= 0)
		close(k->out);
	k->out = -1;
	if (k->hook <= 0 || has_ended(k, ms))
		return;
	kill(k->hook, SIGTERM);
	if (has_ended(k, TERM_MS))
		return;
	kill(k->hook, SIGKILL);
	waitpid(k->hook, NULL, 0);
	k->hook = 0;
}

/* It has closed its input, or could not be started. */
static void
hook_failed(struct keeper *k)
{
	uint64_t lived = clock_ms() - k->started;

	end_hook(k, 0);
	if (lived >= STEADY_MS || k->pause == 0)
		k->pause = HOOK_PAUSE_MS;
	else if (k->pause < PAUSE_MAX_MS / 2)
		k->pause *= 2;
	else
		k->pause = PAUSE_MAX_MS;
	k->again = clock_ms() + k->pause;
	k->at = k->line;
	log_warn("hook",
		 "program=\"%s\" seconds=%u reason=\"it has ended; it is "
		 "started again after %u ms\"",
		 k->program, (unsigned int)(lived / 1000), k->pause);
}

/* --- lines ---------------------------------------------------------------- */

static void
read_lines(struct keeper *k)
{
	ssize_t n;

	if (k->line > 0) {
		memmove(k->bytes, k->bytes + k->line, k->len - k->line);
		k->len -= k->line;
		k->at -= k->line;
		k->line = 0;
	}
	n = read(IN, k->bytes + k->len, sizeof(k->bytes) - k->len);
	if (n > 0)
		k->len += (size_t)n;
	else if (n == 0)
		k->closed = k->ended = true;
}

/* Up to the last line that is whole. */
static size_t
whole(const struct keeper *k)
{
	size_t end = k->len;

	while (end > k->at && k->bytes[end - 1] != '\n')
		end--;
	return end;
}

static void
write_lines(struct keeper *k)
{
	ssize_t n = write(k->out, k->bytes + k->at, whole(k) - k->at);

	if (n < 0)
		return; /* poll() tells why */
	k->at += (size_t)n;
	for (size_t i = k->at; i > k->line; i--)
		if (k->bytes[i - 1] == '\n') {
			k->line = i;
			break;
		}
}

/* --- the process ---------------------------------------------------------- */

/* ms until something must be done; -1: something must happen first. */
static int
patience(const struct keeper *k)
{
	uint64_t now = clock_ms();

	if (k->closed)
		return STEP_MS;
	if (k->out >= 0 || whole(k) == k->at)
		return -1;
	return k->again > now ? (int)(k->again - now) : 0;
}

static void
turn(struct keeper *k)
{
	bool waits = whole(k) > k->at;
	struct pollfd fds[] = {
	    {.fd = k->ended || (waits && k->closed) ? -1 : IN,
	     .events = waits ? 0 : POLLIN},
	    {.fd = k->out, .events = waits ? POLLOUT : 0}};

	if (poll(fds, 2, patience(k)) < 0)
		return;
	if (fds[1].revents & (POLLERR | POLLHUP))
		hook_failed(k);
	else if (fds[1].revents & POLLOUT)
		write_lines(k);
	if (fds[0].revents & POLLHUP)
		k->closed = true;
	if (fds[0].revents != 0 && !waits)
		read_lines(k);
	if (k->out >= 0 || whole(k) == k->at || clock_ms() < k->again)
		return;
	start_hook(k);
	if (k->out < 0)
		hook_failed(k);
}

static void NORETURN
keep(int in, const char *program)
{
	struct keeper *k = xcalloc(1, sizeof(*k));
	uint64_t end = UINT64_MAX, now;

	k->program = program;
	k->out = -1;
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	setsid();
	if (dup2(in, IN) < 0)
		_exit(EXIT_FAILURE);
	close_range(IN + 1, ~0U, 0);
	close(STDIN_FILENO);
	if (open("/dev/null", O_RDONLY) != STDIN_FILENO ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(EXIT_FAILURE);
	while (clock_ms() < end && !(k->ended && whole(k) == k->at)) {
		turn(k);
		if (k->closed && end == UINT64_MAX)
			end = clock_ms() + EOF_MS;
	}
	now = clock_ms();
	end_hook(k, now < end ? (unsigned int)(end - now) : 0);
	_exit(EXIT_SUCCESS);
}

static bool
is_pipe(int fd)
{
	struct stat about;

	return fstat(fd, &about) == 0 && S_ISFIFO(about.st_mode);
}

/* That of the same program before this one began anew; or -1. The keeper of
 * another one ends with its pipe. */
static int
passed(const char *program)
{
	const char *text = getenv(PASSED);
	const char *space = text != NULL ? strchr(text, ' ') : NULL;
	bool same;
	uint64_t fd;

	if (space == NULL ||
	    !number_parse(&fd, (struct text){text, (size_t)(space - text)},
			  INT_MAX) ||
	    !is_pipe((int)fd))
		return -1;
	same = strcmp(space + 1, program) == 0;
	unsetenv(PASSED);
	if (!same) {
		close((int)fd);
		return -1;
	}
	fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	return (int)fd;
}

void
hook_keeper_pass(int fd, const char *program)
{
	char text[24 + PATH_MAX];

	snprintf(text, sizeof(text), "%d %s", fd, program);
	if (fd >= 0 && setenv(PASSED, text, 1) == 0)
		fcntl(fd, F_SETFD, 0);
}

int
hook_keeper_start(const char *program)
{
	int pipes[2] = {-1, passed(program)};
	pid_t pid;

	if (pipes[1] >= 0 || program[0] == '\0')
		return pipes[1];
	if (pipe2(pipes, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		log_error("hook", "program=\"%s\" reason=\"%s\"", program,
			  strerror(errno));
		return -1;
	}
	if (pid == 0) {
		/* nobody has to wait for a child of a process that has ended */
		if (fork() == 0)
			keep(pipes[0], program);
		_exit(EXIT_SUCCESS);
	}
	waitpid(pid, NULL, 0);
	close(pipes[0]);
	fcntl(pipes[1], F_SETFL, O_NONBLOCK);
	return pipes[1];
}
