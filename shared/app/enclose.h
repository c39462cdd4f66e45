/* SPDX-License-Identifier: MIT */
/*
 * enclose.h - what a responder may still touch behind the wall of
 * shared/base/wall.h.
 *
 * It reads the settings, the files that they name, the system's libraries,
 * /etc and /proc; it writes to limit.table and publish.spool, and removes the
 * socket of --listen. Whole folders are meant, because a key or
 * /etc/resolv.conf is replaced by another file of that name.
 *
 * With --restart it reads everything, because the program that begins anew is
 * behind the same wall and has new settings, and it executes the programs
 * beside it, if only by the system's loader.
 *
 * Setting: process.wall in push.conf(5)
 */
#ifndef SHARED_APP_ENCLOSE_H
#define SHARED_APP_ENCLOSE_H

#include <stdbool.h>

#include "shared/app/start.h"
#include "shared/base/attributes.h"
#include "shared/conf/conf.h"

/* Raises the wall, unless the setting says no, or the settings are wrong: then
 * other files may have to be read when they are right. `publishes`: it uses
 * publish.spool. `program` is argv[0]. Returns a word for the log, of
 * wall_words(). Before threads are started. */
const char *enclose(const struct start *start, const struct conf *conf,
		    bool publishes, const char *program) MUST_USE;

#endif
