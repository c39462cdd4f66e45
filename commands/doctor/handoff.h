/* SPDX-License-Identifier: MIT */
/*
 * handoff.h - checks of Apache that hands clients off (doc/handoff.md), from
 * inside: the ports where it asks whether it may.
 * apache.h has its modules, sockets.h the sockets for descriptors.
 */
#ifndef COMMANDS_DOCTOR_HANDOFF_H
#define COMMANDS_DOCTOR_HANDOFF_H

#include <stdbool.h>
#include <stdio.h>

#include "commands/doctor/finding.h"

extern const struct doctor_check doctor_handoff[];

/* Where Apache asks the program of a technique. */
struct handoff_port {
	const char *technique;
	unsigned int port;
	bool listening; /* somebody does */
	bool exposed;	/* on an address that is not of this machine alone */
};

void handoff_port_judge(struct doctor *d, const struct handoff_port *f);

/* Adds to `f` what `table` says, a /proc/net/tcp or tcp6, of its port. */
void handoff_port_read(struct handoff_port *f, FILE *table);

#endif
