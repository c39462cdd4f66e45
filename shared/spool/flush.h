/* SPDX-License-Identifier: MIT */
/*
 * flush.h - sends the messages of a spool.
 *
 * They are sent in batches, in their order, each with its key. Before a message
 * is sent, its file is marked with the time; when the result is known, the file
 * is removed, or the mark is. Only one process sends at a time.
 *
 * What Redis refuses remains. While Redis is busy or full, nothing more is
 * sent; after another refusal, such as that of an ACL, nothing more of that
 * channel.
 *
 * Set aside, with a line in the log: a file that is torn; and a message whose
 * result is unknown for half of publish.key_ttl, because Redis may have
 * forgotten its key, so that it could be stored twice.
 *
 * It blocks on the disk.
 */
#ifndef SHARED_SPOOL_FLUSH_H
#define SHARED_SPOOL_FLUSH_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/buf.h"
#include "shared/bus/publish.h"
#include "shared/conf/conf.h"
#include "shared/spool/folder.h"

struct bus;

enum {
	SPOOL_BATCH = BUS_PUBLISH_MESSAGES,
	SPOOL_REFUSED_MAX = 64 /* channels; then nothing more is sent */
};

enum spool_flush_end {
	SPOOL_FLUSH_EMPTY,    /* nothing is left */
	SPOOL_FLUSH_STOPPED,  /* messages remain; `reason` */
	SPOOL_FLUSH_ELSEWHERE /* another process sends */
};

struct spool_flush_item {
	struct spool_flush *flush;
	struct spool_entry entry;
	size_t start, len; /* of its file in flush->file */
	bool was_tried;	   /* before this attempt */
	enum publish_status status;
	bool temporary;
	struct id id;
	char reason[SPOOL_ERROR_SIZE];
};

/* The first members are set by the caller. */
struct spool_flush {
	const struct conf *conf;
	struct bus *bus;
	struct spool_folder *folder;
	/* A message is stored. May be NULL. */
	void (*sent)(void *arg, uint64_t number, struct id id);
	/* After spool_flush_start(), from the loop or during the call. */
	void (*done)(void *arg, enum spool_flush_end end);
	void *arg;
	/* results */
	size_t sent_count, aside_count; /* since the start */
	char reason[SPOOL_ERROR_SIZE];	/* STOPPED: a sentence */
	/* private */
	bool running;
	bool again; /* started while running */
	struct spool_entries entries;
	size_t next; /* of the entries */
	struct spool_flush_item batch[SPOOL_BATCH];
	size_t count, answered;
	struct buf file;		     /* the files of the batch */
	uint64_t refused[SPOOL_REFUSED_MAX]; /* tags of channels */
	size_t refused_count;
};

void spool_flush_init(struct spool_flush *f);
void spool_flush_free(struct spool_flush *f);

/* Sends what is there. While it runs, it looks again at its end. */
void spool_flush_start(struct spool_flush *f);

#endif
