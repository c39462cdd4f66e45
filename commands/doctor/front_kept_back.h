/* SPDX-License-Identifier: MIT */
/*
 * front_kept_back.h - why messages that were published do not arrive.
 */
#ifndef COMMANDS_DOCTOR_FRONT_KEPT_BACK_H
#define COMMANDS_DOCTOR_FRONT_KEPT_BACK_H

#include "commands/doctor/front.h"

/* `kept`: the responses of front_names that lack a message, or NULL. */
void front_kept_back(struct front *f,
		     struct exchange *const kept[FRONT_TECHNIQUES]);

#endif
