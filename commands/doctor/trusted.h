/* SPDX-License-Identifier: MIT */
/*
 * trusted.h - may a file be looked at that another process has named.
 *
 * Any user can start a process with any name and arguments. A configuration of
 * lighttpd may hold commands (include_shell), which run as who reads it, so it
 * is read only where nobody else could have written it.
 */
#ifndef COMMANDS_DOCTOR_TRUSTED_H
#define COMMANDS_DOCTOR_TRUSTED_H

#include "shared/base/attributes.h"

/* Why a configuration file is not to be read, to follow "because"; NULL: it may
 * be. It may be if it is a regular file with a plain absolute name that ends in
 * ".conf", no symbolic link leads to it, and it and all its folders belong to
 * root or this user and others cannot write them (or, in a folder like /tmp,
 * cannot replace them). */
const char *trusted_fault(const char *path) MUST_USE;

/* Replaces what is not printable ASCII by "?". */
void trusted_show(char *path);

#endif
