/* SPDX-License-Identifier: MIT */
/*
 * redis_server.h - a private redis-server for a test, on a unix socket in a
 * temporary directory, without TCP and without files.
 *
 * There is one at a time. It is killed when the process of the test ends.
 *
 * PUSHCGI_REDIS is the program, such as valkey-server; without it redis-server
 * or, if that is not installed, valkey-server. A program linked with this skips
 * its tests if there is none, or fails if PUSHCGI_REQUIRE=1.
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

/* The same with more options: at most 18 words, and NULL. */
void redis_server_start_with(const char *const *options);

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

/* The id in the tip key of a channel. Valid until the next call. */
const char *redis_tip(const char *channel);

/* Publishes as bus_publish() does, in db 0; returns the id. */
struct id redis_publish(const char *channel, const char *data);

/* The same, without an announcement. */
struct id redis_store(const char *channel, const char *data);

#endif
