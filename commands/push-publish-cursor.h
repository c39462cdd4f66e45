/* SPDX-License-Identifier: MIT */
/*
 * push-publish-cursor.h - push-publish --cursor: prints where channels stand.
 */
#ifndef COMMANDS_PUSH_PUBLISH_CURSOR_H
#define COMMANDS_PUSH_PUBLISH_CURSOR_H

#include "commands/push-publish-run.h"

enum push_publish_exit push_publish_cursor(struct push_publish *c);

#endif
