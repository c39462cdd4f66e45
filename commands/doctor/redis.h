/* SPDX-License-Identifier: MIT */
/*
 * redis.h - checks of Redis: whether it can be reached, keeps what it is given,
 * and allows what the programs need.
 *
 * Source: doc/redis.md
 */
#ifndef COMMANDS_DOCTOR_REDIS_H
#define COMMANDS_DOCTOR_REDIS_H

#include "commands/doctor/finding.h"
#include "commands/doctor/redis_facts.h"

extern const struct doctor_check doctor_redis[];

/* Adds what the facts mean. */
void redis_judge(struct doctor *d, const struct redis_facts *f);

/* Redis cannot be reached; `fault` begins with its address. */
void redis_judge_fault(struct doctor *d, const char *fault);

#endif
