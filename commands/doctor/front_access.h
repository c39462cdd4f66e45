/* SPDX-License-Identifier: MIT */
/*
 * front_access.h - a channel of the doctor's own, to which it may subscribe.
 *
 * Its name is random. When the rule of all channels is not enough, it begins
 * like the channels of a [channel "PREFIX*"] section whose rule is. A rule with
 * `token` takes a signed URL, which is made with access.secret.
 */
#ifndef COMMANDS_DOCTOR_FRONT_ACCESS_H
#define COMMANDS_DOCTOR_FRONT_ACCESS_H

#include "commands/doctor/front.h"

/* Fills `channel`, `left_channel` and the queries. False: there is none, which
 * is told.
 */
bool front_access(struct front *f) MUST_USE;

#endif
