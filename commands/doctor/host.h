/* SPDX-License-Identifier: MIT */
/*
 * host.h - checks of this machine, and of the programs of pushcgi that run on
 * it: limits, users, versions, the last wall; and of rules that are open to
 * more than they seem.
 */
#ifndef COMMANDS_DOCTOR_HOST_H
#define COMMANDS_DOCTOR_HOST_H

#include <stdbool.h>

#include "commands/doctor/finding.h"
#include "commands/doctor/programs.h"

extern const struct doctor_check doctor_host[];

struct host_facts {
	unsigned long long somaxconn; /* net.core.somaxconn; 0: not known */
	unsigned long long memory;    /* of the machine, bytes; 0: not known */
	struct programs programs;     /* of pushcgi */
	bool web_is_public;    /* ports 80 or 443 of more than loopback */
	bool without_landlock; /* the kernel has none */
	char proxy[PROGRAM_NAME_SIZE]; /* that runs here; "": none */
};

/* Adds what the facts mean. */
void host_judge(struct doctor *d, const struct host_facts *f);

#endif
