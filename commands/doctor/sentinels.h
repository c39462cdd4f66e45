/* SPDX-License-Identifier: MIT */
/*
 * sentinels.h - checks of the Sentinels of bus.sentinel: each is asked which
 * server is the master.
 */
#ifndef COMMANDS_DOCTOR_SENTINELS_H
#define COMMANDS_DOCTOR_SENTINELS_H

#include <stddef.h>

#include "commands/doctor/finding.h"
#include "shared/bus/redis_outage.h"
#include "shared/conf/redis_url.h"

extern const struct doctor_check doctor_sentinels[];

struct sentinel_answer {
	char address[320];	       /* of the Sentinel, host:port */
	char master[REDIS_URL_SHOWN];  /* the master it names, or "" */
	char fault[REDIS_REASON_SIZE]; /* why it names none */
};

/* Adds what the answers mean. */
void sentinels_judge(struct doctor *d, const struct sentinel_answer *answers,
		     size_t count);

#endif
