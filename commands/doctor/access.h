/* SPDX-License-Identifier: MIT */
/*
 * access.h - who may subscribe to a channel and publish to it, in sentences.
 */
#ifndef COMMANDS_DOCTOR_ACCESS_H
#define COMMANDS_DOCTOR_ACCESS_H

#include "commands/doctor/finding.h"

/* Adds what is allowed, and which line says so; an error if `channel` is no
 * valid name, or if nobody can do what a line allows. Nothing, if settings are
 * wrong: that is told. */
void access_explain(struct doctor *d, const char *channel);

#endif
