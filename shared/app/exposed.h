/* SPDX-License-Identifier: MIT */
/*
 * exposed.h - says at the start what makes an attack easier than it has to be.
 *
 * Whoever can connect to the socket of a program speaks as the web server, and
 * whoever reads a secret may do what it is for (doc/security.md).
 */
#ifndef SHARED_APP_EXPOSED_H
#define SHARED_APP_EXPOSED_H

#include "shared/conf/conf.h"

/* Logs a warning for each: the process runs as root; `fd`, which listens, is
 * reached from other machines; everybody can read a settings file with a
 * secret. */
void exposed_log(const struct conf *conf, int fd);

#endif
