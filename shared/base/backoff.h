/* SPDX-License-Identifier: MIT */
/*
 * backoff.h - how long to wait before something is tried again: 50 ms, 100 ms,
 * 200 ms, ... up to a limit, each varied at random by 50 %.
 */
#ifndef SHARED_BASE_BACKOFF_H
#define SHARED_BASE_BACKOFF_H

/* Zeroed: the next delay is the first. */
struct backoff {
	double next_s; /* before it is varied; 0: the first */
};

/* The delay before the next attempt, in seconds. `most`: the limit, before it
 * is varied. */
double backoff_delay(struct backoff *b, double most);

#endif
