/* SPDX-License-Identifier: MIT */
/*
 * push-publish-who.h - push-publish --who: prints how many are subscribed to a
 * channel, then their names, one a line, if they are listed.
 */
#ifndef COMMANDS_PUSH_PUBLISH_WHO_H
#define COMMANDS_PUSH_PUBLISH_WHO_H

#include "commands/push-publish-run.h"

enum push_publish_exit push_publish_who(struct push_publish *c);

#endif
