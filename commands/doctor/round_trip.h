/* SPDX-License-Identifier: MIT */
/*
 * round_trip.h - publishes a token as the programs do, and waits for it.
 *
 * The token goes to a pub/sub channel of this process: nobody receives it, and
 * nothing is stored.
 */
#ifndef COMMANDS_DOCTOR_ROUND_TRIP_H
#define COMMANDS_DOCTOR_ROUND_TRIP_H

#include "commands/doctor/finding.h"

/* Redis can be reached. */
void round_trip(struct doctor *d);

#endif
