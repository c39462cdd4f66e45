/* SPDX-License-Identifier: MIT */
/*
 * fake_redis.h - a server on the loop of the test that answers as it is told.
 *
 * It listens on a free port of 127.0.0.1 and answers each command by its name:
 * PING, INFO, SUBSCRIBE and UNSUBSCRIBE as Redis does, others by +OK, all as
 * fake_redis_answer() says. There is one at a time.
 */
#ifndef TESTS_UNIT_FAKE_REDIS_H
#define TESTS_UNIT_FAKE_REDIS_H

#include <stddef.h>
#include <stdint.h>

#include "shared/conf/conf.h"

enum { FAKE_REDIS_GOT_SIZE = 256 * 1024 };

struct fake_redis {
	uint16_t port;
	size_t accepted;     /* connections */
	size_t reads;	     /* that returned bytes */
	const char *unasked; /* sent to each new connection; or NULL */
	const char *run_id;  /* of INFO */
	/* The words of all commands, each followed by a space, a command by a
	 * semicolon: "PING ;INFO server ;". What has no room is left out. */
	char got[FAKE_REDIS_GOT_SIZE];
};

/* There is one. */
extern struct fake_redis fake_redis;

/* All defaults, and bus.url = redis://127.0.0.1:<port>. */
void fake_redis_open(struct conf *conf);
void fake_redis_close(void);

/* The answer to a command, in the letters in which it is sent: bytes, "" for
 * none, or NULL for the default. Both are borrowed. */
void fake_redis_answer(const char *command, const char *bytes);

/* Sends bytes on a connection that has sent such a command, or closes it. */
void fake_redis_say(const char *command, const char *bytes, size_t len);
void fake_redis_hang_up(const char *command);

#endif
