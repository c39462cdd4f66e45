/* SPDX-License-Identifier: MIT */
/*
 * gather_stage.h - a stage with hold.gather, a fake bus and a fake clock. A
 * test begins when a window would end, so that the first one is whole.
 */
#ifndef TESTS_UNIT_GATHER_STAGE_H
#define TESTS_UNIT_GATHER_STAGE_H

#include <stdint.h>

#include "shared/technique.h"

enum { GATHER_MS = 50 };

/* After stage_init(), with this hold.gather, also one above its maximum. */
void gather_stage_open(unsigned int ms);

/* The same with stage_init(), and GATHER_MS. */
void gather_stage_start(const struct technique *technique);

/* So much time passes; what is sent by then was read by the clients. */
void gather_stage_pass(uint64_t ms);

/* A few turns of the loop in which no time passes. */
void gather_stage_turn(void);

/* The members of all fanouts that are live. */
size_t gather_stage_live(void);

#endif
