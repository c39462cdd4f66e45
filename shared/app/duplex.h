/* SPDX-License-Identifier: MIT */
/*
 * duplex.h - subscribers that are streams whose client talks back: it sends
 * commands, which get replies.
 *
 * A heartbeat asks the client for an answer. A client that leaves several
 * unanswered, or does not complete what it began to send, is disconnected; so
 * is one that sends far more than websocket.max_rate.
 */
#ifndef SHARED_APP_DUPLEX_H
#define SHARED_APP_DUPLEX_H

#include "shared/app/subscriber.h"

extern const struct subscriber_kind duplex_kind;

#endif
