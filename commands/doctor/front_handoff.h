/* SPDX-License-Identifier: MIT */
/*
 * front_handoff.h - Apache that hands clients off (doc/handoff.md), as it shows
 * from outside: why it refuses, and what a client that is handed off gets.
 */
#ifndef COMMANDS_DOCTOR_FRONT_HANDOFF_H
#define COMMANDS_DOCTOR_FRONT_HANDOFF_H

#include "commands/doctor/front.h"

/* A refusal that is not a program's answer to the request, but to Apache. */
struct front_refusal {
	long status;
	const char *words;    /* of its body */
	const char *sentence; /* without its dot */
	struct front_lines lines;
	const char
	    *conf; /* a line of section [handoff] of push.conf, or NULL */
};

/* NULL: it is none of these. */
const struct front_refusal *
front_handoff_refusal(const struct exchange *e) MUST_USE;

/* What is to be done about it. */
void front_handoff_remedy(struct front *f, const struct front_refusal *refusal);

/* A stream of a client that is handed off. False: its program does not know
 * whose it is, which is told; so there is nothing more to see of delivery. */
bool front_handoff(struct front *f) MUST_USE;

#endif
