/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/host/table.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/host/image.h"
#include "shared/host/slots.h"

enum {
	SHAPE_HALF = 256, /* bit of a shape: the second half */
	TOGETHER = 4	  /* keys that are looked for at a time */
};

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
	if (!host_slot_take(t->image, t->fd, &t->slot))
		return "All its slots are in use.";
	if (!host_image_allocate(t->fd, host_slot_offset(t->slot),
				 sizeof(struct host_line)))
		return strerror(errno);
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
		host_slot_set_used(t->image, t->slot, false);
	host_image_close(&t->image, &t->fd);
}

bool
host_table_is_lost(const struct host_table *t)
{
	struct stat st;

	if (host_image_is_lost() || fstat(t->fd, &st) != 0 || st.st_nlink == 0)
		return true;
	for (size_t i = 0; i < 2; i++) /* it was empty meanwhile */
		if (host_word_load(&t->image->key[i]) != t->key.half[i])
			return true;
	return false;
}

/* --- filters -------------------------------------------------------------- */

/* The bits of a key. */
static uint64_t
filter_of_key(uint64_t key)
{
	return UINT64_C(1) << (key >> 8) % 64 |
	       UINT64_C(1) << (key >> 14) % 64 |
	       UINT64_C(1) << (key >> 20) % 64;
}

static uint64_t
filter_of_entry(uint64_t entry)
{
	return (entry & HOST_COUNT_MAX) == 0
		   ? 0
		   : filter_of_key(entry >> HOST_COUNT_BITS);
}

static uint64_t
filter_of_line(const struct host_line *line)
{
	uint64_t filter = 0;

	for (size_t i = 0; i < HOST_INLINE; i++)
		filter |= filter_of_entry(host_word_load(&line->entries[i]));
	return filter;
}

/* Eight filters share a line of the cache: one that does not change is not
 * written. */
static void
set_filter(const struct host_table *t, uint64_t filter)
{
	host_word *w = &t->image->filters[t->slot];

	if (host_word_load(w) != filter)
		host_word_store(w, filter);
}

/* 1: yes. */
static uint64_t
may_have(uint64_t filter, uint64_t bits)
{
	return (filter & bits) == bits;
}

/* Which of the slots whose filters these are may have one of the keys, a bit
 * each. Without branches: it is most of what a connect costs here. */
static uint64_t
find_slots(const host_word filters[HOST_WORD_BITS],
	   const uint64_t bits[TOGETHER])
{
	uint64_t found = 0;

	for (unsigned int i = 0; i < HOST_WORD_BITS; i++) {
		uint64_t filter = host_word_load(&filters[i]);
		uint64_t one =
		    may_have(filter, bits[0]) | may_have(filter, bits[1]) |
		    may_have(filter, bits[2]) | may_have(filter, bits[3]);

		found |= one << i;
	}
	return found;
}

/* --- reading -------------------------------------------------------------- */

size_t
host_table_start(uint64_t key, unsigned int shift)
{
	return shift == 0 ? 0 : (size_t)(key >> 8) & (((size_t)1 << shift) - 1);
}

/* Where one slot has a key. NULL: it has not. */
static host_word *
find(struct host_image *image, unsigned int slot, uint64_t key)
{
	struct host_line *line = &image->lines[slot];
	uint64_t shape = host_word_load(&line->shape);
	unsigned int shift = shape % SHAPE_HALF;
	host_word *entries = line->entries;
	size_t room = HOST_INLINE, at = 0, most = HOST_INLINE;

	if (shift != 0) {
		if (shift < HOST_SHIFT_MIN || shift > HOST_SHIFT_MAX)
			return NULL;
		entries =
		    host_image_area(image, slot, (shape & SHAPE_HALF) != 0);
		room = (size_t)1 << shift;
		most = room < HOST_PROBES ? room : HOST_PROBES;
		at = host_table_start(key, shift);
	}
	for (; most > 0; most--) {
		uint64_t entry = host_word_load(&entries[at]);

		if (entry >> HOST_COUNT_BITS == key)
			return &entries[at];
		if (entry == 0)
			return NULL;
		at = at + 1 < room ? at + 1 : 0;
	}
	return NULL;
}

static uint64_t
count_of(struct host_image *image, unsigned int slot, uint64_t key)
{
	const host_word *entry = find(image, slot, key);

	return entry == NULL ? 0 : host_word_load(entry) & HOST_COUNT_MAX;
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
add_slot(struct host_image *image, unsigned int slot, const uint64_t *keys,
	 uint64_t *sums, size_t count)
{
	const struct host_line *line = &image->lines[slot];

	if (host_word_load(&line->shape) == 0) {
		add_line(line, keys, sums, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		sums[i] += count_of(image, slot, keys[i]);
}

/* At most TOGETHER keys. */
static void
add_together(const struct host_table *t, const uint64_t *keys, uint64_t *sums,
	     size_t count)
{
	uint64_t bits[TOGETHER];

	for (size_t i = 0; i < TOGETHER; i++)
		bits[i] = filter_of_key(keys[i < count ? i : 0]);
	for (unsigned int w = 0; w < HOST_SLOT_WORDS; w++) {
		uint64_t found = host_word_load(&t->image->used[w]);

		if (found == 0)
			continue;
		found &=
		    find_slots(&t->image->filters[w * HOST_WORD_BITS], bits);
		for (; found != 0; found &= found - 1) {
			unsigned int slot =
			    w * HOST_WORD_BITS +
			    (unsigned int)__builtin_ctzll(found);

			if (slot != t->slot)
				add_slot(t->image, slot, keys, sums, count);
		}
	}
}

void
host_table_add(const struct host_table *t, const uint64_t *keys, uint64_t *sums,
	       size_t count)
{
	if (t->image == NULL)
		return;
	for (size_t i = 0; i < count; i += TOGETHER)
		add_together(t, keys + i, sums + i,
			     count - i < TOGETHER ? count - i : TOGETHER);
}

/* Its process has ended. Others of its keys may be rates, which count until
 * another process has the slot. */
static void
clear(const struct host_table *t, unsigned int slot, uint64_t key)
{
	host_word *entry;

	if (!host_slot_lock(t->fd, slot, HOST_SLOT_TAKEN))
		return;
	entry = find(t->image, slot, key);
	if (entry != NULL)
		host_word_store(entry, key << HOST_COUNT_BITS);
	host_slot_unlock(t->fd, slot, HOST_SLOT_TAKEN);
}

/* The count is read after it was seen alive: before, it may have been that of a
 * process that has ended since, whose slot has a new one. */
uint64_t
host_table_living(const struct host_table *t, uint64_t key)
{
	const uint64_t bits = filter_of_key(key);
	uint64_t sum = 0;

	if (t->image == NULL)
		return 0;
	for (unsigned int slot = 0; slot < HOST_SLOTS; slot++) {
		if (slot == t->slot || !host_slot_is_used(t->image, slot) ||
		    !may_have(host_word_load(&t->image->filters[slot]), bits) ||
		    count_of(t->image, slot, key) == 0)
			continue;
		if (host_slot_is_alive(t->fd, slot))
			sum += count_of(t->image, slot, key);
		else
			clear(t, slot, key);
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

/* In use: the filter has the bits of each entry before, and after. */
static void
put_in_line(struct host_table *t, size_t at, uint64_t entry)
{
	struct host_line *line = &t->image->lines[t->slot];

	if (host_word_load(&line->shape) != 0) {
		host_word_store(&line->entries[at], entry);
		return;
	}
	set_filter(t, filter_of_line(line) | filter_of_entry(entry));
	host_word_store(&line->entries[at], entry);
	set_filter(t, filter_of_line(line));
}

void
host_table_put(struct host_table *t, unsigned int shift, size_t at,
	       uint64_t entry)
{
	if (t->image == NULL)
		return;
	if (shift == 0) {
		put_in_line(t, at, entry);
		return;
	}
	t->area_filter |= filter_of_entry(entry);
	set_filter(t, host_word_load(&t->image->filters[t->slot]) |
			  t->area_filter);
	host_word_store(&host_image_area(t->image, t->slot, t->half)[at],
			entry);
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
	t->area_filter = 0;
	at = (uintptr_t)host_image_area(t->image, t->slot, t->half) -
	     (uintptr_t)t->image;
	if (!host_image_allocate(t->fd, (off_t)at,
				 (off_t)(room * sizeof(host_word))))
		return false;
	for (size_t i = 0; i < room; i++)
		host_table_put(t, shift, i, 0);
	return true;
}

/* What is written counts from now on. */
static void
appear(struct host_table *t)
{
	if (t->is_shown)
		return;
	t->is_shown = host_slot_lock(t->fd, t->slot, HOST_SLOT_SHOWN);
	host_slot_set_used(t->image, t->slot, true);
}

void
host_table_show(struct host_table *t, unsigned int shift)
{
	struct host_line *line;

	if (t->image == NULL)
		return;
	line = &t->image->lines[t->slot];
	if (shift == 0) {
		host_word_store(&line->shape, 0);
		set_filter(t, filter_of_line(line));
	} else {
		host_word_store(&line->shape,
				shift | (t->half != 0 ? SHAPE_HALF : 0));
		set_filter(t, t->area_filter);
	}
	appear(t);
}
