/* SPDX-License-Identifier: MIT */
/*
 * slots.h - limits how much is under way at once: the rest waits in line.
 *
 * An entry is embedded in what it lets begin. It waits, then has a slot until
 * the owner leaves:
 *
 *	slots_enter(&slots, &call->slot);	calls call->slot.begin
 *	slots_leave(&slots, &call->slot);	the next one begins
 */
#ifndef SHARED_BUS_SLOTS_H
#define SHARED_BUS_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct slot {
	/* It has a slot. May leave, and free it, at once. */
	void (*begin)(void *arg);
	void *arg;
	/* For slots.c. */
	TAILQ_ENTRY(slot) link;
	bool waits, urgent;
};

TAILQ_HEAD(slot_line, slot);

struct slots {
	size_t free;
	bool begins; /* one that waited; others follow it */
	struct slot_line urgent, line;
};

/* In place; there is nothing to free. `count`: 1-. */
void slots_init(struct slots *slots, size_t count);

/* Calls slot->begin (set) now, or when it is its turn: after those that wait.
 * One that is `urgent` waits only for others that are. */
void slots_enter(struct slots *slots, struct slot *slot, bool urgent);

/* One that waits leaves the line; one that has a slot returns it, and the first
 * that waits begins. */
void slots_leave(struct slots *slots, struct slot *slot);

#endif
