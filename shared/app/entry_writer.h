/* SPDX-License-Identifier: MIT */
/*
 * entry_writer.h - writes the entry of this process (entry.h) into Redis every
 * status.interval seconds, and removes it when the process ends.
 *
 * From SIGTERM until that the entry says "ending": such a process may live for
 * hold.drain, and is not taken for one that hangs.
 *
 * One that is killed, or whose loop stands still, has no entry after three of
 * these. While Redis is down, or does not take it, it goes on trying. The first
 * comes after a second: a process that ends before has none.
 *
 * Also counts how long the turns of the loop take.
 */
#ifndef SHARED_APP_ENTRY_WRITER_H
#define SHARED_APP_ENTRY_WRITER_H

#include <ev.h>
#include <stdbool.h>

#include "shared/app/dispatch.h"
#include "shared/app/entry.h"
#include "shared/app/loop_lag.h"
#include "shared/net/conn.h"

struct entry_writer {
	struct ev_loop *loop;
	struct entry entry;
	struct bus *bus;     /* of the dispatch, or */
	struct bus *own_bus; /* where that one has none: publish.spool */
	struct ev_timer timer;
	struct loop_lag lag;
	bool is_on;
};

/* `dispatch` and `conns` are open, and borrowed until the close. Does nothing
 * with status.interval 0, and where the settings are wrong. */
void entry_writer_start(struct entry_writer *w, struct ev_loop *loop,
			struct dispatch *dispatch, const struct conns *conns);

/* The process begins to end: its entry says so. */
void entry_writer_end(struct entry_writer *w);

/* Removes the entry. True: what removes it leaves in the next turn of the loop,
 * which does not wait. False: there is nothing to remove, or no Redis. */
bool entry_writer_stop(struct entry_writer *w);

/* Zeroed is fine. */
void entry_writer_close(struct entry_writer *w);

#endif
