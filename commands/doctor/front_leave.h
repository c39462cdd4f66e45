/* SPDX-License-Identifier: MIT */
/*
 * front_leave.h - how soon the program notices that a client left.
 *
 * A stream of a channel of its own is in the entry of its process
 * (shared/bus/entries.h) until that is noticed. Entries are written every
 * status.interval seconds, so that is how exact it is.
 */
#ifndef COMMANDS_DOCTOR_FRONT_LEAVE_H
#define COMMANDS_DOCTOR_FRONT_LEAVE_H

#include "commands/doctor/front.h"

/* Takes up to front_patience() and two of these intervals, and 4 s; twice that
 * behind lighttpd, where what is noticed late is tried once more. */
void front_leave(struct front *f);

#endif
