/* SPDX-License-Identifier: MIT */
/*
 * push-publish-lines.h - push-publish --lines: publishes each line of standard
 * input.
 *
 * Lines that are read while others are being stored go to Redis together, in
 * one batch, which is one call of the publish script. The next batch is sent
 * when this one is answered: if Redis refuses a batch, no later line may be
 * stored before it.
 *
 * A batch that fails for a time is repeated until it is stored. Each line has
 * an idempotency key, so a line whose result is unknown is not stored twice. A
 * key is deleted when its line was stored by the first attempt. If lines were
 * repeated, their keys remain for publish.key_ttl.
 */
#ifndef COMMANDS_PUSH_PUBLISH_LINES_H
#define COMMANDS_PUSH_PUBLISH_LINES_H

#include "commands/push-publish-run.h"

enum push_publish_exit push_publish_lines(struct push_publish *c);

#endif
