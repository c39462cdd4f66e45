/* SPDX-License-Identifier: MIT */
/*
 * image.h - the mapped file of table.h.
 *
 * Each slot has a line of 64 bytes with up to HOST_INLINE entries. A process
 * that counts more keeps them in its area, a hash table: the line says where in
 * it and of what size. An area is two halves, so that a table of another size
 * is complete before the line points to it.
 *
 * Each slot has a filter, too: a word with some bits set for each key that the
 * slot has, or has had in its area. Who looks for a key reads the filters,
 * which are next to each other, and only the few lines whose filter has all
 * bits of the key.
 *
 * The file is sparse. Its size is 2 GB; its memory is 20 KB for 59 processes
 * with few entries, and 16 to 64 bytes for each entry of a process with more.
 *
 * Of a file that is made shorter while it is mapped, or whose file system is
 * full, the process loses what others count, and lives on: it handles SIGBUS.
 */
#ifndef SHARED_HOST_IMAGE_H
#define SHARED_HOST_IMAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shared/base/attributes.h"

enum {
	HOST_SLOTS = 2048,
	HOST_INLINE = 6,
	HOST_SHIFT_MIN = 5,  /* an area has 1 << shift entries */
	HOST_SHIFT_MAX = 16, /* at most; half of them are used */
	HOST_WORD_BITS = 64,
	HOST_SLOT_WORDS = HOST_SLOTS / HOST_WORD_BITS
};

typedef _Atomic uint64_t host_word;

struct host_line {
	host_word shape; /* the shift and the half; 0: the entries are here */
	host_word time;	 /* counts.h */
	host_word entries[HOST_INLINE];
};

/* The areas follow. */
struct host_image {
	host_word magic, key[2], unused[5];
	host_word used[HOST_SLOT_WORDS]; /* a bit for each slot */
	host_word filters[HOST_SLOTS];
	struct host_line lines[HOST_SLOTS];
};

/* Maps the file, which may be empty. NULL, or why not: a sentence or the text
 * of an errno, static. One in a process. */
const char *host_image_open(struct host_image **image, int *fd,
			    const char *path) MUST_USE;

/* Also after host_image_open() has failed. */
void host_image_close(struct host_image **image, int *fd);

/* True: what others count is lost. */
bool host_image_is_lost(void) MUST_USE;

/* The file system has room for these bytes from now on. */
bool host_image_allocate(int fd, off_t at, off_t len) MUST_USE;

/* The first entry of a half (0, 1) of an area. */
host_word *host_image_area(const struct host_image *image, unsigned int slot,
			   unsigned int half) MUST_USE RETURNS_NONNULL;

/* What it is; the first process makes it `value`. */
uint64_t host_word_agree(host_word *w, uint64_t value) MUST_USE;

static inline uint64_t
host_word_load(const host_word *w)
{
	return atomic_load_explicit(w, memory_order_acquire);
}

static inline void
host_word_store(host_word *w, uint64_t value)
{
	atomic_store_explicit(w, value, memory_order_release);
}

#endif
