/* SPDX-License-Identifier: MIT */
/*
 * private_memory.h - nobody but root reads the memory of this process.
 *
 * In it are keys, passwords, and what clients have shown. Another process of
 * the same user, such as a script of the site under mod_fcgid, could otherwise
 * trace it, or read and write /proc/PID/mem, and a dump of it could be left
 * behind. Of /proc/PID the files that everybody may read stay so.
 *
 * It ends with execve().
 *
 * Source: prctl(2), PR_SET_DUMPABLE; ptrace(2), "Ptrace access mode checking"
 */
#ifndef SHARED_BASE_PRIVATE_MEMORY_H
#define SHARED_BASE_PRIVATE_MEMORY_H

void private_memory_start(void);

/* As it was before. */
void private_memory_end(void);

#endif
