/* SPDX-License-Identifier: MIT */
/*
 * exposed.h - says at the start what makes an attack easier than it has to be.
 *
 * Whoever can connect to the socket of a program speaks as the web server, and
 * whoever reads a secret may do what it is for (doc/security.md).
 */
#ifndef SHARED_APP_EXPOSED_H
#define SHARED_APP_EXPOSED_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"

enum { EXPOSED_ADDRESS_SIZE = 46 /* INET6_ADDRSTRLEN */ };

/* True: `fd`, which listens, is reached from other machines; `address` is
 * where. */
bool exposed_is_remote(int fd, char address[EXPOSED_ADDRESS_SIZE]) MUST_USE;

/* Logs a warning for each: the process runs as root; `fd`, which listens or is
 * -1, is reached from other machines; everybody can read a settings file with a
 * secret. */
void exposed_log(const struct conf *conf, int fd);

#endif
