/* SPDX-License-Identifier: MIT */
/*
 * redis_command.h - writes a command as Redis reads it.
 *
 * Not by hiredis, whose formatter makes each length with sprintf(), wants the
 * words in arrays of its own, and allocates what is then copied: that was a
 * good part of what publish.fcgi did for a message.
 *
 * Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
#ifndef SHARED_BUS_REDIS_COMMAND_H
#define SHARED_BUS_REDIS_COMMAND_H

#include <stddef.h>

#include "shared/base/buf.h"
#include "shared/base/text.h"

/* The words may hold any bytes; `count` is 1 or more. */
void redis_command_put(struct buf *out, const struct text *words, size_t count);

/* The same of NUL-terminated words. The list ends with NULL. */
void redis_command_put_strings(struct buf *out, const char *const *words);

#endif
