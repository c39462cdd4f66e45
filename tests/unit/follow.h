/* SPDX-License-Identifier: MIT */
/*
 * follow.h - the channels of a process, and a subscription that records what it
 * gets as words in one text: "ready", "down", "gap", and the data of messages.
 */
#ifndef TESTS_UNIT_FOLLOW_H
#define TESTS_UNIT_FOLLOW_H

#include "shared/hub/channels.h"

enum { FOLLOW_TEXT_SIZE = 64 * 1024 };

struct follow {
	struct subscription subscription; /* first */
	struct channel *channel;
	size_t messages, gaps;
	struct gap gap;		/* the last one */
	struct id gap_position; /* of a subscriber after it */
	char text[FOLLOW_TEXT_SIZE];
};

/* Settings with the address of the test's Redis. Change them before
 * follow_open(). */
struct conf *follow_conf(void);
void follow_open(void);
void follow_close(void);
struct channels *follow_channels(void);

/* Starts Redis, opens the channels with this bus.audit, and follows "news";
 * returns when it is READY. */
void follow_open_ready(struct follow *f, unsigned int audit);

/* Stops `f` and closes the channels. */
void follow_end(struct follow *f);

void follow_start(struct follow *f, const char *channel);
void follow_stop(struct follow *f);

#endif
