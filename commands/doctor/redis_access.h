/* SPDX-License-Identifier: MIT */
/*
 * redis_access.h - who may do what in Redis.
 */
#ifndef COMMANDS_DOCTOR_REDIS_ACCESS_H
#define COMMANDS_DOCTOR_REDIS_ACCESS_H

#include "commands/doctor/finding.h"
#include "commands/doctor/redis_facts.h"

/* Whether other machines can use it without a password. */
void redis_judge_exposure(struct doctor *d, const struct redis_facts *f);

/* Whether an ACL forbids what the programs need. */
void redis_judge_rights(struct doctor *d, const struct redis_facts *f);

#endif
