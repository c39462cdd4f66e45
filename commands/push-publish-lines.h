/* SPDX-License-Identifier: MIT */
/*
 * push-publish-lines.h - push-publish --lines: publishes each line of standard
 * input.
 */
#ifndef COMMANDS_PUSH_PUBLISH_LINES_H
#define COMMANDS_PUSH_PUBLISH_LINES_H

#include "commands/push-publish-run.h"

enum push_publish_exit push_publish_lines(struct push_publish *c);

#endif
