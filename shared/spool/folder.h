/* SPDX-License-Identifier: MIT */
/*
 * folder.h - a folder of messages that wait for Redis.
 *
 *	01764300000000000000-0d2e4f60a1b-0.msg	a message; see name.h, file.h
 *	new		is being written
 *	lock		exclusive while a name is made or changed, shared while
 *			they are listed: a list misses no name
 *	flush.lock	of the one who sends
 *	aside/		messages that cannot be sent
 *
 * Any number of processes and threads may use a folder at once, each with a
 * spool_folder of its own. All functions block on the disk.
 *
 * A message is on disk when spool_folder_add() returns: the file is synced,
 * renamed from `new`, and the folder is synced. A writer that dies leaves at
 * most `new`, which the next one overwrites.
 */
#ifndef SHARED_SPOOL_FOLDER_H
#define SHARED_SPOOL_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/model/publication.h"
#include "shared/spool/name.h"

struct buf;

enum { SPOOL_ERROR_SIZE = 256 };

struct spool_folder {
	int fd;			      /* -1: not open */
	int flush_lock;		      /* -1: not claimed */
	const char *path;	      /* borrowed, for messages */
	char error[SPOOL_ERROR_SIZE]; /* of the last call that failed */
};

/* In order. */
struct spool_entries {
	struct spool_entry *at;
	size_t count, room;
};

/* Opens a folder, which is made (mode 0700) if only it is missing. False:
 * `error` is a sentence. */
bool spool_folder_open(struct spool_folder *f, const char *path) MUST_USE;

void spool_folder_close(struct spool_folder *f);

/* Replaces the entries; free `at` with free(). False: `error`. */
bool spool_folder_list(struct spool_folder *f,
		       struct spool_entries *out) MUST_USE;

enum spool_waiting {
	SPOOL_NONE_WAITS,
	SPOOL_OTHERS_WAIT, /* messages of other channels */
	SPOOL_CHANNEL_WAITS
};

/* Is a message of this channel waiting? A folder that cannot be read counts as
 * SPOOL_CHANNEL_WAITS. */
enum spool_waiting spool_folder_waiting(struct spool_folder *f, uint64_t tag);

/* Adds a message behind all others. The sizes of all files, each rounded up to
 * 4096 bytes, stay within `max` bytes. False: `error`; nothing is added. */
bool spool_folder_add(struct spool_folder *f,
		      const struct publication *publication, uint64_t tried_ms,
		      size_t max, uint64_t *number) MUST_USE;

/* Reads a file to the end of `out`. False: `error`. */
bool spool_folder_read(struct spool_folder *f, const struct spool_entry *e,
		       struct buf *out) MUST_USE;

/* Sets e->tried_ms, here and on disk. False: `error`. */
bool spool_folder_mark(struct spool_folder *f, struct spool_entry *e,
		       uint64_t tried_ms) MUST_USE;

/* Removes a message that is stored. False: `error`. */
bool spool_folder_remove(struct spool_folder *f,
			 const struct spool_entry *e) MUST_USE;

/* Moves a message that cannot be sent to aside/, and logs it. False: `error`.
 */
bool spool_folder_set_aside(struct spool_folder *f, const struct spool_entry *e,
			    const char *reason) MUST_USE;

/* After spool_folder_mark() or _remove(): makes them last. */
void spool_folder_sync(struct spool_folder *f);

enum spool_claim {
	SPOOL_CLAIMED,
	SPOOL_CLAIMED_ELSEWHERE, /* someone else has it */
	SPOOL_CLAIM_FAILED	 /* `error` */
};

/* Claims the right to send what is there. */
enum spool_claim spool_folder_claim(struct spool_folder *f) MUST_USE;
void spool_folder_release(struct spool_folder *f);

/* Milliseconds since 1970. */
uint64_t spool_now_ms(void);

#endif
