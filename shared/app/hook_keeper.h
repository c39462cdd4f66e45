/* SPDX-License-Identifier: MIT */
/*
 * hook_keeper.h - a small process that runs the program of hook.command, and
 * starts it again when it ends.
 *
 * It is forked before the program gives up execve() (wall.h), and starts the
 * hook with the first line. It reads lines from a pipe, and writes them to the
 * standard input of the hook. When the hook ends, the line that it did not read
 * whole is the first that the next one gets. It is started again after
 * HOOK_PAUSE_MS, which doubles up to a minute while it lives less than 10
 * seconds, for the next line; meanwhile nothing more is read from the pipe.
 *
 * When the other end of the pipe is closed, the hook gets what is left, and its
 * standard input ends. It has 5 seconds for both, then gets SIGTERM, and 2
 * seconds later SIGKILL. Then the process ends: with hold.drain of 5 seconds
 * before TimeoutStopSec of the units. It ignores the signals that end a
 * program.
 *
 * The hook has the environment and the standard error of the program, which is
 * its standard output, too, and no other descriptor. Settings are left out of
 * the environment (PUSHCGI_*): they may be secrets.
 */
#ifndef SHARED_APP_HOOK_KEEPER_H
#define SHARED_APP_HOOK_KEEPER_H

enum { HOOK_PAUSE_MS = 500 };

/* Forks it; nobody waits for it. Returns the end of the pipe for the lines,
 * non-blocking and close-on-exec; or -1, which was logged. With "" it forks
 * nothing, and returns -1. */
int hook_keeper_start(const char *program);

/* Before the program begins anew by execve(), behind its wall, with the pipe of
 * that hook: hook_keeper_start() of the same hook then returns its pipe, and
 * that of another one or of "" closes it, so that the old hook ends. `fd` may
 * be -1. */
void hook_keeper_pass(int fd, const char *program);

#endif
