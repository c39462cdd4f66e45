/* SPDX-License-Identifier: MIT */
/*
 * denials.h - which refused requests are logged: one a second of those that
 * lack a right or are above a rate, because anybody can send them, and all
 * others.
 */
#ifndef SHARED_APP_DENIALS_H
#define SHARED_APP_DENIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/model/problem.h"

/* Zeroed at the start. */
struct denials {
	uint64_t second;      /* in which the last one was logged */
	unsigned int skipped; /* since then */
};

/* True: log it; `skipped` is how many were not logged before it. */
bool denials_log(struct denials *d, const struct problem *p,
		 unsigned int *skipped) MUST_USE;

#endif
