/* SPDX-License-Identifier: MIT */
/*
 * file_text.h - the text of a small file, read again when the file changes.
 *
 * For keys, which are replaced while the programs run. stat(2) is called at
 * most once a second. What cannot be read does not replace what was.
 */
#ifndef SHARED_BASE_FILE_TEXT_H
#define SHARED_BASE_FILE_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

enum { FILE_TEXT_MAX = 65536 }; /* bytes of a file */

enum file_text_status {
	FILE_TEXT_SAME,	     /* as it was at the last call */
	FILE_TEXT_NEW,	     /* `text` is another, or can be read again */
	FILE_TEXT_UNREADABLE /* now: `text` stays; said once until it changes */
};

struct file_text {
	const char *path;  /* borrowed */
	const char *fault; /* why it is unreadable: a phrase; NULL: it is not */
	struct text text;  /* owned; before the first is read it is empty */
	struct stat seen;  /* when it was read */
	uint64_t next_ms;  /* clock_ms() of the next stat(2) */
	bool settled;	   /* a later change would show in its times */
};

/* Reads nothing. */
void file_text_init(struct file_text *f, const char *path);

/* Overwrites the text, which may be a secret, and frees it. */
void file_text_free(struct file_text *f);

/* Never waits for another process: only a regular file is read. */
enum file_text_status file_text_refresh(struct file_text *f) MUST_USE;

#endif
