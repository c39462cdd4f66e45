/* SPDX-License-Identifier: MIT */
/*
 * fanout_send.h - the bytes of a fanout: made once, sent to every live member.
 */
#ifndef SHARED_HUB_FANOUT_SEND_H
#define SHARED_HUB_FANOUT_SEND_H

#include "shared/hub/fanout.h"
#include "shared/net/chain.h"
#include "shared/technique.h"

/*
 * Sends what is pending to the live members. Of a stream technique: for each
 * message the shared part and this fanout's suffix. Of a batch technique: one
 * response, with which all live members leave (handler->responded). `scratch`
 * is empty after it.
 */
void fanout_send(struct fanout *f, const struct technique *technique,
		 const struct fanout_handler *handler, struct chain *scratch);

#endif
