/* SPDX-License-Identifier: MIT */
/*
 * handoff.h - checks of Apache that hands clients off (doc/handoff.md), from
 * inside: the authorizer ports, where it asks whether it may. apache.h has its
 * modules, sockets.h the descriptor sockets.
 */
#ifndef COMMANDS_DOCTOR_HANDOFF_H
#define COMMANDS_DOCTOR_HANDOFF_H

#include <stdbool.h>
#include <stdio.h>

#include "commands/doctor/finding.h"
#include "shared/base/attributes.h"

extern const struct doctor_check doctor_handoff[];

/* The file for Apache, enabled or not. */
extern const char handoff_apache_file[];

/* Apache hands clients off, for all virtual hosts or for one. */
bool handoff_is_enabled(void) MUST_USE;

/* The value of the line `Define name "value"` of a file for Apache, the last
 * one. False: there is none, or the file cannot be read. */
bool handoff_define(const char *file, const char *name, char *out,
		    size_t size) MUST_USE;

/* The authorizer port of a technique. */
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
