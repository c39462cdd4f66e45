/* SPDX-License-Identifier: MIT */
/*
 * turn.h - the event loop of a test, turned until something is so.
 */
#ifndef TESTS_UNIT_TURN_H
#define TESTS_UNIT_TURN_H

#include <ev.h>

/* The loop; made the first time. */
struct ev_loop *turn_loop(void);

/* Frees it: everything on it must have been closed. */
void turn_end(void);

/* Turns it until `condition`; after half a minute the test fails. */
#define TURN_UNTIL(condition)                                                  \
	do {                                                                   \
		turn_begin();                                                  \
		while (!(condition))                                           \
			turn_once(#condition);                                 \
	} while (0)

/* Turns it for so long, and a few times however busy the machine was
 * meanwhile: what has not happened then does not happen. */
void turn_for(double seconds);

/* For TURN_UNTIL. */
void turn_begin(void);
void turn_once(const char *condition);

#endif
