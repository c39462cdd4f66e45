/* SPDX-License-Identifier: MIT */
/*
 * front_headers.h - do requests reach the programs, and responses the client,
 * as they were sent: Last-Event-ID, ETag, Cache-Control, Content-Type,
 * Authorization, and the methods HEAD and OPTIONS.
 */
#ifndef COMMANDS_DOCTOR_FRONT_HEADERS_H
#define COMMANDS_DOCTOR_FRONT_HEADERS_H

#include "commands/doctor/front.h"

/* Messages have been published by front_delivery(). */
void front_headers(struct front *f);

#endif
