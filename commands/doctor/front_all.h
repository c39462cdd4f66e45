/* SPDX-License-Identifier: MIT */
/*
 * front_all.h - the checks of the site from outside, in their order.
 *
 *	front_reach.h		does each URL reach its program
 *	front_access.h		a channel to which this may subscribe
 *	front_delivery.h	do messages arrive, and at once
 *	front_kept_back.h	why they do not
 *	front_silence.h		how long a response may be silent
 *	front_leave.h		how soon is it noticed that a client left
 *	front_headers.h		do requests and responses arrive as they are
 *				sent
 *	front_http2.h		how many streams a connection of HTTP/2 takes
 *	front_room.h		how many requests Apache serves at the same time
 */
#ifndef COMMANDS_DOCTOR_FRONT_ALL_H
#define COMMANDS_DOCTOR_FRONT_ALL_H

#include "commands/doctor/finding.h"

/* Takes front_patience() and up to half a minute more. */
extern const struct doctor_check doctor_front[];

#endif
