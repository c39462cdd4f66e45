/* SPDX-License-Identifier: MIT */
/*
 * front_http2.h - how many streams one connection of HTTP/2 takes, and whether
 * pages are still served beside them.
 */
#ifndef COMMANDS_DOCTOR_FRONT_HTTP2_H
#define COMMANDS_DOCTOR_FRONT_HTTP2_H

#include "commands/doctor/front.h"

/* Does nothing for a URL that is not https, or a server without HTTP/2. */
void front_http2(struct front *f);

#endif
