/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/host/table.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "shared/host/image.h"

enum {
	TRIES = 64,	 /* used slots that are tried first */
	SHAPE_HALF = 256 /* bit of a shape: the second half */
};

/* --- locks ---------------------------------------------------------------- */

static off_t
line_offset(unsigned int slot)
{
	return (off_t)(offsetof(struct host_image, lines) +
		       slot * sizeof(struct host_line));
}

static struct flock
lock_of(unsigned int slot, short type)
{
	return (struct flock){.l_type = type,
			      .l_whence = SEEK_SET,
			      .l_start = line_offset(slot),
			      .l_len = 1};
}

/* Never waits. */
static bool
lock(int fd, unsigned int slot)
{
	struct flock lock = lock_of(slot, F_WRLCK);

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

static void
unlock(int fd, unsigned int slot)
{
	struct flock lock = lock_of(slot, F_UNLCK);

	fcntl(fd, F_OFD_SETLK, &lock);
}

static bool
is_used(const struct host_image *image, unsigned int slot)
{
	return host_word_load(&image->used[slot / HOST_WORD_BITS]) >>
		   slot % HOST_WORD_BITS &
	       1;
}

static void
set_used(struct host_image *image, unsigned int slot, bool used)
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
take_one(struct host_table *t, bool used, unsigned int tries)
{
	for (unsigned int slot = 0; slot < HOST_SLOTS && tries > 0; slot++) {
		if (is_used(t->image, slot) != used)
			continue;
		tries--;
		if (!lock(t->fd, slot))
			continue;
		t->slot = slot;
		return true;
	}
	return false;
}

/* First those that dead processes have left, so that they become few; but not
 * all, because each try takes time. */
static bool
take_slot(struct host_table *t)
{
	return take_one(t, true, TRIES) || take_one(t, false, HOST_SLOTS) ||
	       take_one(t, true, HOST_SLOTS);
}

/* --- its life ------------------------------------------------------------- */

static void
choose_key(struct host_hash_key *key)
{
	if (getrandom(key, sizeof(*key), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(*key))
		*key = (struct host_hash_key){
		    {(uint64_t)getpid(), (uintptr_t)key}};
	key->half[0] |= 1; /* 0 means that there is none */
	key->half[1] |= 1;
}

static const char *
open_table(struct host_table *t, const char *path)
{
	const char *fault = host_image_open(&t->image, &t->fd, path);

	if (fault != NULL)
		return fault;
	for (size_t i = 0; i < 2; i++)
		t->key.half[i] =
		    host_word_agree(&t->image->key[i], t->key.half[i]);
	if (!take_slot(t))
		return "All its slots are in use.";
	if (!host_image_allocate(t->fd, line_offset(t->slot),
				 sizeof(struct host_line)))
		return strerror(errno);
	set_used(t->image, t->slot, true);
	return NULL;
}

const char *
host_table_open(struct host_table *t, const char *path)
{
	const char *fault;

	*t = (struct host_table){.fd = -1};
	choose_key(&t->key);
	fault = open_table(t, path);
	if (fault != NULL)
		host_image_close(&t->image, &t->fd);
	return fault;
}

void
host_table_close(struct host_table *t, bool keep)
{
	if (t->image != NULL && !keep)
		set_used(t->image, t->slot, false);
	host_image_close(&t->image, &t->fd);
}

/* --- reading -------------------------------------------------------------- */

size_t
host_table_start(uint64_t key, unsigned int shift)
{
	return shift == 0 ? 0 : (size_t)(key >> 8) & (((size_t)1 << shift) - 1);
}

/* What one slot counts of a key. */
static uint64_t
count_of(const struct host_image *image, unsigned int slot, uint64_t key)
{
	const struct host_line *line = &image->lines[slot];
	uint64_t shape = host_word_load(&line->shape);
	unsigned int shift = shape % SHAPE_HALF;
	const host_word *entries = line->entries;
	size_t room = HOST_INLINE, at = 0, most = HOST_INLINE;

	if (shift != 0) {
		if (shift < HOST_SHIFT_MIN || shift > HOST_SHIFT_MAX)
			return 0;
		entries =
		    host_image_area(image, slot, (shape & SHAPE_HALF) != 0);
		room = (size_t)1 << shift;
		most = room < HOST_PROBES ? room : HOST_PROBES;
		at = host_table_start(key, shift);
	}
	for (; most > 0; most--) {
		uint64_t entry = host_word_load(&entries[at]);

		if (entry >> HOST_COUNT_BITS == key)
			return entry & HOST_COUNT_MAX;
		if (entry == 0)
			return 0;
		at = at + 1 < room ? at + 1 : 0;
	}
	return 0;
}

/* All keys in one pass: most processes have a few entries. */
static void
add_line(const struct host_line *line, const uint64_t *keys, uint64_t *sums,
	 size_t count)
{
	for (size_t at = 0; at < HOST_INLINE; at++) {
		uint64_t entry = host_word_load(&line->entries[at]);

		if (entry == 0)
			return;
		for (size_t i = 0; i < count; i++)
			if (entry >> HOST_COUNT_BITS == keys[i])
				sums[i] += entry & HOST_COUNT_MAX;
	}
}

static void
add_slot(const struct host_image *image, unsigned int slot,
	 const uint64_t *keys, uint64_t *sums, size_t count)
{
	const struct host_line *line = &image->lines[slot];

	if (host_word_load(&line->shape) == 0) {
		add_line(line, keys, sums, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		sums[i] += count_of(image, slot, keys[i]);
}

void
host_table_add(const struct host_table *t, const uint64_t *keys, uint64_t *sums,
	       size_t count)
{
	if (t->image == NULL)
		return;
	for (unsigned int w = 0; w < HOST_SLOT_WORDS; w++) {
		uint64_t bits = host_word_load(&t->image->used[w]);

		for (; bits != 0; bits &= bits - 1) {
			unsigned int slot = w * HOST_WORD_BITS +
					    (unsigned int)__builtin_ctzll(bits);

			if (slot != t->slot)
				add_slot(t->image, slot, keys, sums, count);
		}
	}
}

/* Its process has ended. */
static void
clear_slot(const struct host_table *t, unsigned int slot)
{
	struct host_line *line = &t->image->lines[slot];

	if (!lock(t->fd, slot))
		return;
	for (size_t i = 0; i < HOST_INLINE; i++)
		host_word_store(&line->entries[i], 0);
	host_word_store(&line->shape, 0);
	set_used(t->image, slot, false);
	unlock(t->fd, slot);
}

static bool
is_alive(const struct host_table *t, unsigned int slot)
{
	struct flock lock = lock_of(slot, F_WRLCK);

	return fcntl(t->fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

uint64_t
host_table_living(const struct host_table *t, uint64_t key)
{
	uint64_t sum = 0;

	if (t->image == NULL)
		return 0;
	for (unsigned int slot = 0; slot < HOST_SLOTS; slot++) {
		uint64_t count;

		if (slot == t->slot || !is_used(t->image, slot))
			continue;
		count = count_of(t->image, slot, key);
		if (count == 0)
			continue;
		if (is_alive(t, slot))
			sum += count;
		else
			clear_slot(t, slot);
	}
	return sum;
}

/* --- its own slot --------------------------------------------------------- */

uint64_t
host_table_line(const struct host_table *t, unsigned int at)
{
	const struct host_line *line;

	if (t->image == NULL)
		return 0;
	line = &t->image->lines[t->slot];
	return host_word_load(&line->shape) == 0
		   ? host_word_load(&line->entries[at])
		   : 0;
}

uint64_t
host_table_time(const struct host_table *t)
{
	return t->image == NULL
		   ? 0
		   : host_word_load(&t->image->lines[t->slot].time);
}

void
host_table_set_time(struct host_table *t, uint64_t time)
{
	if (t->image != NULL)
		host_word_store(&t->image->lines[t->slot].time, time);
}

void
host_table_put(struct host_table *t, unsigned int shift, size_t at,
	       uint64_t entry)
{
	if (t->image == NULL)
		return;
	if (shift == 0)
		host_word_store(&t->image->lines[t->slot].entries[at], entry);
	else
		host_word_store(
		    &host_image_area(t->image, t->slot, t->half)[at], entry);
}

bool
host_table_begin(struct host_table *t, unsigned int shift)
{
	size_t room = (size_t)1 << shift;
	uintptr_t at;

	if (t->image == NULL || shift > HOST_SHIFT_MAX)
		return false;
	if (shift == 0) {
		for (unsigned int i = 0; i < HOST_INLINE; i++)
			host_table_put(t, 0, i, 0);
		return true;
	}
	t->half ^= 1;
	at = (uintptr_t)host_image_area(t->image, t->slot, t->half) -
	     (uintptr_t)t->image;
	if (!host_image_allocate(t->fd, (off_t)at,
				 (off_t)(room * sizeof(host_word))))
		return false;
	for (size_t i = 0; i < room; i++)
		host_table_put(t, shift, i, 0);
	return true;
}

void
host_table_show(struct host_table *t, unsigned int shift)
{
	if (t->image == NULL)
		return;
	host_word_store(&t->image->lines[t->slot].shape,
			shift == 0 ? 0
				   : shift | (t->half != 0 ? SHAPE_HALF : 0));
	set_used(t->image, t->slot, true);
}
