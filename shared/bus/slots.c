/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/slots.h"

static struct slot_line *
line_of(struct slots *slots, const struct slot *slot)
{
	return slot->urgent ? &slots->urgent : &slots->line;
}

static void
leave_line(struct slots *slots, struct slot *slot)
{
	TAILQ_REMOVE(line_of(slots, slot), slot, link);
	slot->waits = false;
}

void
slots_init(struct slots *slots, size_t count)
{
	*slots = (struct slots){.free = count};
	TAILQ_INIT(&slots->urgent);
	TAILQ_INIT(&slots->line);
}

static struct slot *
take_first(struct slots *slots)
{
	struct slot *slot = TAILQ_FIRST(&slots->urgent);

	if (slot == NULL)
		slot = TAILQ_FIRST(&slots->line);
	if (slot != NULL)
		leave_line(slots, slot);
	return slot;
}

/* In a loop: if each leaves at once, because Redis is down, thousands do. */
static void
begin_waiting(struct slots *slots)
{
	struct slot *slot;

	if (slots->begins)
		return;
	slots->begins = true;
	while (slots->free > 0 && (slot = take_first(slots)) != NULL) {
		slots->free--;
		slot->begin(slot->arg);
	}
	slots->begins = false;
}

void
slots_enter(struct slots *slots, struct slot *slot, bool urgent)
{
	slot->waits = true;
	slot->urgent = urgent;
	TAILQ_INSERT_TAIL(line_of(slots, slot), slot, link);
	begin_waiting(slots);
}

void
slots_leave(struct slots *slots, struct slot *slot)
{
	if (slot->waits) {
		leave_line(slots, slot);
		return;
	}
	slots->free++;
	begin_waiting(slots);
}
