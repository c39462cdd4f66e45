/* SPDX-License-Identifier: MIT */
/*
 * fanout_send.h - the bytes of a fanout: made once, sent to every live member.
 */
#ifndef SHARED_HUB_FANOUT_SEND_H
#define SHARED_HUB_FANOUT_SEND_H

#include <stddef.h>
#include <stdint.h>

#include "shared/hub/fanout.h"
#include "shared/net/chain.h"
#include "shared/technique.h"

/* The time by which deliveries are counted. It is read again after so many
 * sends: reading it for each of thousands of fanouts of one member would cost
 * a percent of what sending costs. */
struct fanout_time {
	uint64_t now_ms; /* since 1970 */
	size_t sends;	 /* since it was read; FANOUT_TIME_OLD: too many */
};

enum { FANOUT_TIME_OLD = 64 };

/* What all fanouts of the process send by. Borrowed. */
struct fanout_sender {
	const struct technique *technique;
	const struct fanout_handler *handler;
	struct chain *scratch; /* empty after each send */
	struct fanout_time *time;
};

/*
 * Sends what is pending to the live members. Of a stream technique: for each
 * message the shared part and this fanout's suffix; a member that became live
 * while something was pending gets what came after. Of a batch technique: one
 * response, with which all live members leave (handler->responded). Counts all
 * that it sends.
 */
void fanout_send(struct fanout *f, const struct fanout_sender *by);

/* Of a stream technique: sends what is pending to one live member, ahead of the
 * others. */
void fanout_send_to(struct member *m, const struct fanout_sender *by);

#endif
