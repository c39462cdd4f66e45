/* SPDX-License-Identifier: MIT */
/*
 * proc.h - what /proc says of this machine and its processes.
 *
 * Source: proc(5), random(4), kill(2) for signal 0
 */
#ifndef SHARED_BASE_PROC_H
#define SHARED_BASE_PROC_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/attributes.h"

enum { PROC_BOOT_SIZE = 37 }; /* a UUID and its NUL */

/* What names this start of this machine; containers on it have the same. "" if
 * it cannot be read. */
void proc_boot(char out[PROC_BOOT_SIZE]);

/* When the process began, in ticks since the start of the machine. 0: it has
 * ended, or cannot be seen. */
uint64_t proc_start(uint64_t pid) MUST_USE;

/* A process of the user of this one has this pid, and /proc does not show it.
 * hidepid of proc(5) does so with what this one may not trace, and no program
 * of ours may trace another (private_memory.h, wall.h). */
bool proc_is_hidden(uint64_t pid) MUST_USE;

#endif
