/* SPDX-License-Identifier: MIT */
/*
 * file.h - a message on disk: the format of a file of a spool.
 *
 *	pushcgi-spool 1 1764300000000 4 0 32 5
 *	news0123456789abcdef0123456789abcdefhello
 *	3f1c0a55e2d94b7a
 *
 * First line: the version, when it was written (ms since 1970), and the lengths
 * in bytes of channel, event, key and data. These follow without separators,
 * then a newline. The last line is the FNV-1a hash (64 bits, 16 hex digits) of
 * all bytes before it. A file that was not written to its end does not parse.
 *
 * Source: RFC 9923 (FNV)
 */
#ifndef SHARED_SPOOL_FILE_H
#define SHARED_SPOOL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/model/publication.h"

struct buf;

/* The longest file: data of the largest message.max_bytes. */
enum { SPOOL_FILE_MAX = 1048576 + 1024 };

/* Appends a file. The publication has a key. */
void spool_file_put(struct buf *out, const struct publication *publication,
		    uint64_t written_ms);

/*
 * Parses a whole file. The texts point into it, without a NUL. False: it is
 * torn, of another version, or breaks the rules for a message (rules.h).
 */
bool spool_file_parse(struct publication *out, uint64_t *written_ms,
		      struct text file) MUST_USE;

#endif
