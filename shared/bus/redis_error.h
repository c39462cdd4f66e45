/* SPDX-License-Identifier: MIT */
/*
 * redis_error.h - what kind of error Redis has answered.
 *
 * A kind is recognised by its code, such as READONLY, at the begin of the text
 * or inside it: Redis 6.2 puts the error of a command of a script inside one of
 * its own, `ERR Error running script (call to f_...): @user_script:23:
 * @user_script: 23: -READONLY You can't write against a read only replica.`
 */
#ifndef SHARED_BUS_REDIS_ERROR_H
#define SHARED_BUS_REDIS_ERROR_H

#include <stdbool.h>

#include "shared/base/attributes.h"

enum redis_error {
	REDIS_ERROR_OTHER,
	REDIS_ERROR_READONLY,	 /* a replica, maybe since a moment */
	REDIS_ERROR_MASTERDOWN,	 /* a replica that has lost its master */
	REDIS_ERROR_LOADING,	 /* its data, after a start */
	REDIS_ERROR_CLUSTERDOWN, /* no node serves the key */
	REDIS_ERROR_MOVED,	 /* another node serves the key */
	REDIS_ERROR_MISCONF,	 /* it cannot save, and accepts no writes */
	REDIS_ERROR_NOREPLICAS,	 /* fewer than min-replicas-to-write */
	REDIS_ERROR_OOM,	 /* maxmemory is reached */
	REDIS_ERROR_BUSY,	 /* a script is running */
	REDIS_ERROR_NOAUTH,	 /* a password is required */
	REDIS_ERROR_NOPERM	 /* an ACL forbids it */
};

/* `text` is that of redis_reply_error(). */
enum redis_error redis_error_kind(const char *text) MUST_USE;

/* The code, such as "READONLY"; of REDIS_ERROR_OTHER it is "ERR". Static. */
const char *redis_error_name(enum redis_error kind) RETURNS_NONNULL;

/* Another server, or this one after a restart, would not answer so: READONLY,
 * MASTERDOWN, LOADING. */
bool redis_error_reconnects(enum redis_error kind) MUST_USE;

/* The same command may succeed later: all that reconnect, BUSY, CLUSTERDOWN,
 * MISCONF, NOREPLICAS, OOM, NOAUTH. */
bool redis_error_is_temporary(enum redis_error kind) MUST_USE;

#endif
