/* SPDX-License-Identifier: MIT */
/*
 * front_reach.h - does each URL reach its program.
 *
 * A request without a channel is refused by each program in words of its own,
 * needs no right, and holds nothing. status.fcgi is asked for its health, or
 * says that it does not tell.
 */
#ifndef COMMANDS_DOCTOR_FRONT_REACH_H
#define COMMANDS_DOCTOR_FRONT_REACH_H

#include "commands/doctor/front.h"

/* Fills `server` and `reached`. False: nothing is reached, and more need not be
 * asked. */
bool front_reach(struct front *f) MUST_USE;

#endif
