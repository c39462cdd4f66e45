/* SPDX-License-Identifier: MIT */
/*
 * programs.h - the processes of this machine, of /proc.
 */
#ifndef COMMANDS_DOCTOR_PROGRAMS_H
#define COMMANDS_DOCTOR_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "shared/base/attributes.h"

enum { PROGRAM_NAME_SIZE = 32, PROGRAM_PATH_SIZE = 512 };

struct program {
	pid_t pid;
	char name[PROGRAM_NAME_SIZE];	/* such as "sse.fcgi" */
	char parent[PROGRAM_NAME_SIZE]; /* of the parent process */
	uid_t uid;
	unsigned long descriptors; /* soft limit; 0: not known */
	int seccomp;		   /* 0 none, 2 a filter; -1: not known */
	bool replaced;		   /* its file is no longer what runs */
	bool elsewhere; /* its root directory is another: a container */
	bool inherits;	/* no more filters than this process, which may be those
			 * of a container */
};

struct programs {
	struct program *at; /* owned */
	size_t count, room;
};

/* Appends each process whose name is one of `names`, which end with NULL. */
void programs_find(struct programs *out, const char *const *names);

/* Leaves out those whose root directory is another: their files are not those
 * of the same names here. */
void programs_leave_out_elsewhere(struct programs *p);

void programs_free(struct programs *p);

/* Copies argument number `index` of the process. False: there is none, or it is
 * too long. */
bool program_argument(pid_t pid, size_t index,
		      char out[PROGRAM_PATH_SIZE]) MUST_USE;

#endif
