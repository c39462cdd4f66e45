/* SPDX-License-Identifier: MIT */
/*
 * front_silence.h - how long a response may be silent before somebody on its
 * way cuts it.
 *
 * A stream is silent from heartbeat to heartbeat (hold.beat); a long-poll until
 * its wait is over. Both are watched for front_patience(), while other checks
 * run.
 */
#ifndef COMMANDS_DOCTOR_FRONT_SILENCE_H
#define COMMANDS_DOCTOR_FRONT_SILENCE_H

#include "commands/doctor/front.h"

void front_silence_begin(struct front *f);
void front_silence_end(struct front *f);

#endif
