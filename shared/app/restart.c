/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/restart.h"

#include <errno.h>
#include <ev.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/log.h"

static pid_t parent;
static volatile sig_atomic_t sender; /* of the last SIGTERM; 0: the kernel */

static void
terminated(int number, siginfo_t *info, void *context)
{
	(void)context;
	sender = info->si_code == SI_USER ? (sig_atomic_t)info->si_pid : 0;
	ev_feed_signal(number);
}

/* The process that called listen(), as far as a unix socket knows; otherwise
 * the parent. They are the same, unless the parent has ended since. */
static pid_t
opener_of(int fd)
{
	struct ucred who = {.pid = 0};
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0 ||
	    who.pid <= 0)
		return getppid();
	return who.pid;
}

static bool
is_gone(pid_t pid)
{
	return kill(pid, 0) != 0 && errno == ESRCH;
}

void
restart_watch(int fd)
{
	struct sigaction action = {.sa_sigaction = terminated,
				   .sa_flags = SA_SIGINFO | SA_RESTART};

	sigfillset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	parent = opener_of(fd);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* What lighttpd forks just before it ends can miss its SIGTERM. */
	if (is_gone(parent))
		raise(SIGTERM);
}

bool
restart_is_due(void)
{
	return sender > 1 && sender != parent && getppid() == parent;
}

void
restart_now(int fd, char *const argv[])
{
	if (dup2(fd, STDIN_FILENO) >= 0)
		execv(argv[0], argv);
	log_error("restart", "program=\"%s\" reason=\"%s\"", argv[0],
		  strerror(errno));
}
