/* SPDX-License-Identifier: MIT */
/*
 * gather.h - what a busy channel delivers waits a little, so that several
 * messages leave in one write (hold.gather).
 *
 * The first one after a silence is sent at once and opens a window. What
 * follows within the window waits for its end. If something did, the next
 * window follows; otherwise the channel is quiet again. So no message waits
 * longer than `ms`, a channel with fewer than one message in `ms` is not
 * delayed at all, and no subscriber gets more than one write in `ms`.
 *
 * All windows of one length end at the same times: a subscriber of several busy
 * channels gets their messages together. Processes differ in these times, so
 * that the host is not busy with all of them at once.
 *
 * What waits is bounded: when it is too much, of a channel or of the process,
 * it is sent before the window ends.
 */
#ifndef SHARED_HUB_GATHER_H
#define SHARED_HUB_GATHER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

enum {
	/* Of one channel: a write that a socket takes in one piece. */
	GATHER_MESSAGES = 512,
	GATHER_BYTES = 64 * 1024, /* of data */
	/* Of the process. Each subscription has an entry of 16 bytes for each
	 * message that waits. */
	GATHERS_BYTES = 8 * 1024 * 1024,
	GATHERS_ENTRIES = 512 * 1024
};

/* Of a channel, in its owner. */
struct gather {
	LIST_ENTRY(gather) link; /* while the window is open */
	unsigned int ms;	 /* 0: nothing waits */
	uint64_t until;		 /* clock_ms() of its end; 0: none is open */
	size_t count, bytes, entries; /* of what waits */
	void (*release)(void *arg);   /* what waits shall be sent */
	void *arg;
};

/* All of the process. Zeroed, with no `loop`: windows end by gathers_turn()
 * only. */
struct gathers {
	struct ev_loop *loop;
	struct ev_timer timer; /* the next end of a window */
	LIST_HEAD(, gather) open;
	uint64_t offset; /* ms: windows end at multiples of their length, less
			  * this */
	size_t bytes, entries;
};

void gathers_init(struct gathers *all, struct ev_loop *loop);
void gathers_stop(struct gathers *all);

/* Ends the windows that are over by clock_ms(). The loop does so by itself; a
 * test with its own clock calls it. */
void gathers_turn(struct gathers *all);

/* Releases what waits, in every channel. The windows stay open. */
void gathers_release(struct gathers *all);

void gather_init(struct gather *g, unsigned int ms, void (*release)(void *arg),
		 void *arg);

/* So many bytes are delivered to so many subscriptions. True: it waits, until
 * release() is called. It may be called for what waits already. */
bool gather_add(struct gathers *all, struct gather *g, size_t bytes,
		size_t subscriptions);

/* The owner is freed: releases nothing. */
void gather_end(struct gathers *all, struct gather *g);

/* clock_ms() has reached `until`, or is about to: it advances in steps. */
bool gather_is_over(uint64_t until);

#endif
