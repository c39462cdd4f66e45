/* SPDX-License-Identifier: MIT */
/*
 * hook_command.h - tells a program who subscribes (hook.command): a line for
 * each event, by hook_keeper.h.
 *
 * A program of mod_fcgid, which serves one request, tells nothing; nor does a
 * plain CGI program, which has no pipe. At most HOOK_QUEUE_MAX bytes wait; the
 * rest is counted, logged, and told by a line when there is room again.
 */
#ifndef SHARED_APP_HOOK_COMMAND_H
#define SHARED_APP_HOOK_COMMAND_H

#include <ev.h>
#include <stddef.h>

#include "shared/app/hook_lost.h"
#include "shared/app/subscriber_events.h"
#include "shared/base/buf.h"

enum { HOOK_QUEUE_MAX = 1024 * 1024 };

struct hook_command {
	struct ev_loop *loop;
	int fd; /* of the pipe; borrowed. -1: its other end is closed */
	struct ev_io writing;
	struct buf queue;
	size_t at; /* bytes before are written */
	struct hook_lost lost;
};

/* Nothing, if fd is 0 or -1. `events` is borrowed. */
void hook_command_open(struct hook_command *h, struct ev_loop *loop, int fd,
		       struct subscriber_events *events);

/* What the pipe does not take now is lost. */
void hook_command_close(struct hook_command *h);

#endif
