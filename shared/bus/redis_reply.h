/* SPDX-License-Identifier: MIT */
/*
 * redis_reply.h - a view of a reply of Redis, without the library's types.
 *
 * A reply and what is taken from it are valid only during the callback that
 * gets the reply.
 *
 * Source: https://redis.io/docs/latest/develop/reference/protocol-spec/ (RESP2)
 */
#ifndef SHARED_BUS_REDIS_REPLY_H
#define SHARED_BUS_REDIS_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

struct redis_reply;

/* The text of an error, NUL-terminated, or NULL for any other reply. */
const char *redis_reply_error(const struct redis_reply *reply) MUST_USE;

bool redis_reply_is_nil(const struct redis_reply *reply) MUST_USE;
bool redis_reply_is_array(const struct redis_reply *reply) MUST_USE;

/* Out of band, of RESP3; nobody asks for it. */
bool redis_reply_is_push(const struct redis_reply *reply) MUST_USE;

/* A string or a status, NUL-terminated. Any other reply: bytes is NULL and
 * len 0. */
struct text redis_reply_string(const struct redis_reply *reply) MUST_USE;

/* Any reply but an integer is 0. */
long long redis_reply_integer(const struct redis_reply *reply) MUST_USE;

/* The number of elements; of any reply but an array it is 0. */
size_t redis_reply_count(const struct redis_reply *reply) MUST_USE;

/* The element `i`, which must be below redis_reply_count(). */
const struct redis_reply *redis_reply_at(const struct redis_reply *reply,
					 size_t i) MUST_USE;

#endif
