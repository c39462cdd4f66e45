/* SPDX-License-Identifier: MIT */
/*
 * push-publish-data.h - the data of one message, from the command line or from
 * standard input.
 */
#ifndef COMMANDS_PUSH_PUBLISH_DATA_H
#define COMMANDS_PUSH_PUBLISH_DATA_H

#include "commands/push-publish-run.h"
#include "shared/model/publication.h"

struct buf;

/* Appends the data. False: it cannot be read or breaks a rule; the command is
 * stopped. */
bool push_publish_read_data(struct push_publish *c, struct buf *text) MUST_USE;

/* The publication that the options name, with this data. All is borrowed. */
struct publication push_publish_publication(const struct push_publish *c,
					    const struct buf *text);

#endif
