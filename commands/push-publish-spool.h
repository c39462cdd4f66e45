/* SPDX-License-Identifier: MIT */
/*
 * push-publish-spool.h - push-publish --spool: publishes one message through a
 * spool (shared/spool/spool.h); push-publish --flush: sends what is in it.
 */
#ifndef COMMANDS_PUSH_PUBLISH_SPOOL_H
#define COMMANDS_PUSH_PUBLISH_SPOOL_H

#include "commands/push-publish-run.h"

enum push_publish_exit push_publish_spool(struct push_publish *c);
enum push_publish_exit push_publish_flush(struct push_publish *c);

#endif
