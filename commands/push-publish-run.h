/* SPDX-License-Identifier: MIT */
/*
 * push-publish-run.h - what the modes of push-publish share: the connection to
 * Redis, the exit status, and what is printed.
 *
 *	push-publish-message.h	publishes one message
 *	push-publish-lines.h	publishes each line of standard input
 *	push-publish-spool.h	publishes one message through a spool
 *	push-publish-cursor.h	prints cursors
 *	push-publish-who.h	prints who is subscribed
 *	push-publish-health.h	checks that messages come back
 *
 * A mode is a function that runs to its end and returns the exit status:
 *
 *	if (push_publish_open(c, &handler, &state)) {
 *		...start...
 *		push_publish_loop(c);
 *	}
 *	return push_publish_close(c);
 */
#ifndef COMMANDS_PUSH_PUBLISH_RUN_H
#define COMMANDS_PUSH_PUBLISH_RUN_H

#include <stdbool.h>

#include "commands/push-publish-options.h"
#include "shared/base/attributes.h"
#include "shared/bus/bus.h"
#include "shared/conf/conf.h"
#include "shared/model/id.h"

struct ev_loop;

struct push_publish {
	struct push_publish_options options;
	struct conf conf;
	struct ev_loop *loop;
	struct bus *bus;
	enum push_publish_exit status;
	bool stopped;
	bool output_failed; /* standard output cannot be written */
};

/* Opens the loop and the bus; `handler` (NULL: none) gets `arg`. False: the
 * reason is printed and the status is set. */
bool push_publish_open(struct push_publish *c,
		       const struct bus_handler *handler, void *arg) MUST_USE;

/* Runs the loop until push_publish_stop(). */
void push_publish_loop(struct push_publish *c);

/* Frees what push_publish_open() made; returns the status. */
enum push_publish_exit push_publish_close(struct push_publish *c);

/* Ends the loop with this status. `reason` (NULL: none), a sentence, is
 * printed on standard error. */
void push_publish_stop(struct push_publish *c, enum push_publish_exit status,
		       const char *reason);

/* Ends the loop, because Redis cannot be reached: says where it is, and why. */
void push_publish_redis_away(struct push_publish *c);

/*
 * Prints the ids of stored messages, in one write. If they cannot be printed,
 * the messages are stored all the same: that is said once and is no failure, or
 * a script would retry and store them twice.
 */
void push_publish_print_ids(struct push_publish *c, const struct id *ids,
			    size_t count);
void push_publish_print_id(struct push_publish *c, struct id id);

/* NULL, or a sentence: the data breaks a rule or is too long. Valid until the
 * next call. */
const char *push_publish_data_fault(const struct push_publish *c,
				    struct text data) MUST_USE;

#endif
