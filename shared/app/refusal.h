/* SPDX-License-Identifier: MIT */
/*
 * refusal.h - the line of the log for a request that is refused.
 */
#ifndef SHARED_APP_REFUSAL_H
#define SHARED_APP_REFUSAL_H

#include "shared/app/denials.h"
#include "shared/model/problem.h"

/* `client`: its address, as the log has it. */
void refusal_log(struct denials *denials, const char *client,
		 const struct problem *p);

#endif
