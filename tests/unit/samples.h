/* SPDX-License-Identifier: MIT */
/*
 * samples.h - messages, gaps and batches for tests of techniques, and their
 * JSON.
 */
#ifndef TESTS_UNIT_SAMPLES_H
#define TESTS_UNIT_SAMPLES_H

#include "shared/model/batch.h"
#include "shared/model/message.h"

/* The channel is "news". HI has an event type, YOU has none. */
extern const struct message HI;
extern const struct message YOU;
extern const struct gap GAP;

extern const struct batch_item HI_YOU[2];
extern const struct batch_item GAP_YOU[2];

#define HI_JSON                                                                \
	"{\"id\":\"8-0\",\"channel\":\"news\","                                \
	"\"event\":\"chat\",\"data\":\"hi\"}"
#define YOU_JSON "{\"id\":\"9-0\",\"channel\":\"news\",\"data\":\"you\"}"
#define HI_YOU_JSON                                                            \
	"{\"messages\":[" HI_JSON "," YOU_JSON "],\"cursor\":\"9-0\"}"

/* In a batch whose cursor is 9-0. */
#define GAP_JSON                                                               \
	"{\"gap\":{\"channel\":\"news\",\"after\":\"3-0\","                    \
	"\"before\":\"8-0\"},\"cursor\":\"9-0\"}"
#define GAP_YOU_JSON                                                           \
	"{\"messages\":[" GAP_JSON "," YOU_JSON "],\"cursor\":\"9-0\"}"

/* HI with another event type and data, which are borrowed. */
struct message message_of(const char *event, const char *data);

#endif
