/* SPDX-License-Identifier: MIT */
/*
 * kick.h - disconnects subscribers everywhere, and keeps them out for a while.
 */
#ifndef COMMANDS_DOCTOR_KICK_H
#define COMMANDS_DOCTOR_KICK_H

#include "commands/doctor/options.h"

/* Carries out --kick, and prints how many processes have heard it. What went
 * wrong is printed to stderr. */
enum push_doctor_exit push_doctor_kick(const struct push_doctor_options *o);

#endif
