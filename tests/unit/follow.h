/* SPDX-License-Identifier: MIT */
/*
 * follow.h - the channels of a process, and a subscription that writes down
 * what it is given, as one text: ready away gap, and the data of messages.
 */
#ifndef TESTS_UNIT_FOLLOW_H
#define TESTS_UNIT_FOLLOW_H

#include "shared/hub/channel.h"

enum { FOLLOW_TEXT_SIZE = 64 * 1024 };

struct follow {
	struct subscription subscription; /* first */
	struct channel *channel;
	size_t messages, gaps;
	struct gap gap; /* the last one */
	struct id gap_position;
	char text[FOLLOW_TEXT_SIZE];
};

/* On the test's Redis; the settings are the test's to change before open. */
struct conf *follow_conf(void);
void follow_open(void);
void follow_close(void);
struct channels *follow_channels(void);

void follow_start(struct follow *f, const char *channel);
void follow_stop(struct follow *f);

#endif
