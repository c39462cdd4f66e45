/* SPDX-License-Identifier: MIT */
/*
 * redis_server.h - a private redis-server for a test, on a unix socket in a
 * temporary directory, without TCP and without files.
 *
 * There is one at a time. It is killed when the process of the test ends.
 *
 * A program linked with this skips its tests if redis-server is not installed,
 * or fails if PUSHCGI_REQUIRE=1.
 */
#ifndef TESTS_UNIT_REDIS_SERVER_H
#define TESTS_UNIT_REDIS_SERVER_H

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/model/id.h"
#include "tests/unit/suite.h"

/* Makes the directory, so that the path is known, but starts no server. */
void redis_server_prepare(void);

/* Starts it empty and waits until it answers. Fails the test if it does not. */
void redis_server_start(void);
void redis_server_kill(void);	/* SIGKILL */
void redis_server_freeze(void); /* SIGSTOP: it reads and writes nothing */
void redis_server_thaw(void);	/* SIGCONT */

/* All defaults and bus.url = unix://<before><path><after>. */
void redis_server_conf(struct conf *conf, const char *before,
		       const char *after);

/* In a child process of the test: opens a connection of its own. */
void redis_server_connect(void);

/*
 * Sends a command; the format is that of redisCommand(). Returns the reply as
 * one text: elements are separated by spaces, nil is "nil"; an error fails the
 * test. Valid until the next call.
 */
const char *redis_ask(const char *format, ...);

/* Publishes as bus_publish() does, in db 0; returns the id. */
struct id redis_publish(const char *channel, const char *data);

/* The same, without an announcement. */
struct id redis_store(const char *channel, const char *data);

#endif
