/* SPDX-License-Identifier: MIT */
/*
 * allocations.h - counts allocations, and finds those that are not freed.
 *
 *	allocations_start();
 *	... call the module, free what it returned ...
 *	allocations_stop();
 *	ck_assert_uint_eq(allocations_count(), 1);
 *	ck_assert_uint_eq(allocations_live(), 0);
 *
 * Check allocates too, so assert only after allocations_stop().
 *
 * The programs are linked with --wrap for each function (ALLOCATIONS_LDFLAGS).
 * This covers every object that is linked in, but not shared libraries.
 */
#ifndef TESTS_UNIT_ALLOCATIONS_H
#define TESTS_UNIT_ALLOCATIONS_H

#include <stddef.h>

/* Starts to count, from 0. */
void allocations_start(void);
void allocations_stop(void);

/* The allocations between start and stop, including each reallocation. */
size_t allocations_count(void);

/* How many blocks allocated between start and stop are not yet freed. */
size_t allocations_live(void);

#endif
