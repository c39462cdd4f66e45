/* SPDX-License-Identifier: MIT */
/*
 * rights.h - tells the administrator at once when an ACL of Redis forbids what
 * the program needs (doc/redis.md). Nothing depends on it: a command that is
 * forbidden is an error wherever it is used.
 */
#ifndef SHARED_BUS_RIGHTS_H
#define SHARED_BUS_RIGHTS_H

struct bus;

/* The program publishes for others for a long time: the rights to do so are
 * checked, too. Call it after bus_open(). */
void bus_rights_to_publish(struct bus *bus);

/* --- for bus.c ------------------------------------------------------------ */

/* The connection for commands is up: asks Redis. Nothing, if the bus neither
 * subscribes nor publishes so. */
void bus_rights_check(struct bus *bus);

#endif
