/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/host/slots.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>

enum { TRIES = 64 /* used slots that are tried first */ };

/* --- locks ---------------------------------------------------------------- */

off_t
host_slot_offset(unsigned int slot)
{
	return (off_t)(offsetof(struct host_image, lines) +
		       slot * sizeof(struct host_line));
}

static struct flock
lock_of(unsigned int slot, enum host_slot_lock which, short type)
{
	return (struct flock){.l_type = type,
			      .l_whence = SEEK_SET,
			      .l_start = host_slot_offset(slot) + which,
			      .l_len = 1};
}

bool
host_slot_lock(int fd, unsigned int slot, enum host_slot_lock which)
{
	struct flock lock = lock_of(slot, which, F_WRLCK);

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

void
host_slot_unlock(int fd, unsigned int slot, enum host_slot_lock which)
{
	struct flock lock = lock_of(slot, which, F_UNLCK);

	fcntl(fd, F_OFD_SETLK, &lock);
}

bool
host_slot_is_alive(int fd, unsigned int slot)
{
	struct flock lock = lock_of(slot, HOST_SLOT_SHOWN, F_WRLCK);

	return fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

/* --- slots ---------------------------------------------------------------- */

bool
host_slot_is_used(const struct host_image *image, unsigned int slot)
{
	return host_word_load(&image->used[slot / HOST_WORD_BITS]) >>
		   slot % HOST_WORD_BITS &
	       1;
}

void
host_slot_set_used(struct host_image *image, unsigned int slot, bool used)
{
	host_word *w = &image->used[slot / HOST_WORD_BITS];
	uint64_t bit = UINT64_C(1) << slot % HOST_WORD_BITS;

	if (used)
		atomic_fetch_or(w, bit);
	else
		atomic_fetch_and(w, ~bit);
}

/* Looks at `tries` slots that are used, or not. */
static bool
take_one(const struct host_image *image, int fd, bool used, unsigned int tries,
	 unsigned int *slot)
{
	for (*slot = 0; *slot < HOST_SLOTS && tries > 0; ++*slot) {
		if (host_slot_is_used(image, *slot) != used)
			continue;
		tries--;
		if (host_slot_lock(fd, *slot, HOST_SLOT_TAKEN))
			return true;
	}
	return false;
}

/* First those that dead processes have left, so that they become few; but not
 * all, because each try takes time. */
bool
host_slot_take(const struct host_image *image, int fd, unsigned int *slot)
{
	return take_one(image, fd, true, TRIES, slot) ||
	       take_one(image, fd, false, HOST_SLOTS, slot) ||
	       take_one(image, fd, true, HOST_SLOTS, slot);
}
