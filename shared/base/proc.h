/* SPDX-License-Identifier: MIT */
/*
 * proc.h - what /proc says of this machine and its processes.
 *
 * Source: proc(5), random(4)
 */
#ifndef SHARED_BASE_PROC_H
#define SHARED_BASE_PROC_H

#include <stdint.h>

#include "shared/base/attributes.h"

enum { PROC_BOOT_SIZE = 37 }; /* a UUID and its NUL */

/* What names this start of this machine; containers on it have the same. "" if
 * it cannot be read. */
void proc_boot(char out[PROC_BOOT_SIZE]);

/* When the process began, in ticks since the start of the machine. 0: it has
 * ended, or cannot be seen. */
uint64_t proc_start(uint64_t pid) MUST_USE;

#endif
