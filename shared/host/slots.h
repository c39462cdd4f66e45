/* SPDX-License-Identifier: MIT */
/*
 * slots.h - which slots of the table are taken, and by the living.
 *
 * A lock is on a byte of the line of the slot, and on the open file: the kernel
 * drops it with the last descriptor and mapping of it. Nothing waits for one.
 *
 * Source: fcntl(2), "Open file description locks"
 */
#ifndef SHARED_HOST_SLOTS_H
#define SHARED_HOST_SLOTS_H

#include <stdbool.h>
#include <sys/types.h>

#include "shared/base/attributes.h"
#include "shared/host/image.h"

enum host_slot_lock {
	HOST_SLOT_TAKEN, /* nobody else writes to it */
	HOST_SLOT_SHOWN	 /* what it has counts; its process lives */
};

/* Locks one that no living process has. False: there is none. */
bool host_slot_take(const struct host_image *image, int fd,
		    unsigned int *slot) MUST_USE;

/* False: another has it. */
bool host_slot_lock(int fd, unsigned int slot,
		    enum host_slot_lock which) MUST_USE;
void host_slot_unlock(int fd, unsigned int slot, enum host_slot_lock which);

/* Another process has HOST_SLOT_SHOWN of it. */
bool host_slot_is_alive(int fd, unsigned int slot) MUST_USE;

/* It may have something that counts. */
bool host_slot_is_used(const struct host_image *image,
		       unsigned int slot) MUST_USE;
void host_slot_set_used(struct host_image *image, unsigned int slot, bool used);

/* Of its line in the file. */
off_t host_slot_offset(unsigned int slot) MUST_USE;

#endif
