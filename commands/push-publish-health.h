/* SPDX-License-Identifier: MIT */
/*
 * push-publish-health.h - push-publish --health: publishes a message to the
 * channel `pushcgi-health` and checks that it comes back through the
 * subscription and from history.
 */
#ifndef COMMANDS_PUSH_PUBLISH_HEALTH_H
#define COMMANDS_PUSH_PUBLISH_HEALTH_H

#include "commands/push-publish-run.h"

enum push_publish_exit push_publish_health(struct push_publish *c);

#endif
