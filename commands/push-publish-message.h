/* SPDX-License-Identifier: MIT */
/*
 * push-publish-message.h - push-publish CHANNEL [DATA]: publishes one message,
 * from the command line or from standard input.
 */
#ifndef COMMANDS_PUSH_PUBLISH_MESSAGE_H
#define COMMANDS_PUSH_PUBLISH_MESSAGE_H

#include "commands/push-publish-run.h"

enum push_publish_exit push_publish_message(struct push_publish *c);

#endif
