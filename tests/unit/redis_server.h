/* SPDX-License-Identifier: MIT */
/*
 * redis_server.h - the Redis of a test: a real one, its own, on a unix socket
 * in a temporary directory, without TCP and without files.
 *
 * There is one at a time. It ends with the test's process, however that ends.
 *
 * A program that is linked with this runs its tests only where redis-server is
 * installed. Elsewhere it says so and passes, or fails when PUSHCGI_REQUIRE=1.
 */
#ifndef TESTS_UNIT_REDIS_SERVER_H
#define TESTS_UNIT_REDIS_SERVER_H

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/model/id.h"
#include "tests/unit/suite.h"

/* Makes the directory, so that there is a path, but no server yet. */
void redis_server_prepare(void);

/* Starts it, empty; returns when it answers. Fails the test if it does not. */
void redis_server_start(void);
void redis_server_kill(void);	/* at once */
void redis_server_freeze(void); /* it says nothing more, and hears nothing */
void redis_server_thaw(void);

/* All defaults, and its URL: unix://<before><path><after>. */
void redis_server_conf(struct conf *conf, const char *before,
		       const char *after);

/* For a fork of the test: a connection of its own to ask with. */
void redis_server_connect(void);

/*
 * Asks it as administrator; the format is hiredis'. The answer as one text:
 * elements of arrays follow each other with a space, nothing is "nil"; an
 * error fails the test. Valid until the next.
 */
const char *redis_ask(const char *format, ...);

/* Publishes by hand what bus_publish() would, in db 0; returns the id. */
struct id redis_publish(const char *channel, const char *data);

/* The same, but nobody is told. */
struct id redis_store(const char *channel, const char *data);

#endif
