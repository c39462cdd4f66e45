/* SPDX-License-Identifier: MIT */
/*
 * front_room.h - how many requests Apache serves at the same time, as its
 * mod_status says, and how many of them subscribers may take.
 */
#ifndef COMMANDS_DOCTOR_FRONT_ROOM_H
#define COMMANDS_DOCTOR_FRONT_ROOM_H

#include "commands/doctor/front.h"

void front_room(struct front *f);

#endif
