/* SPDX-License-Identifier: MIT */
/*
 * command.h - runs another program and reads what it prints.
 */
#ifndef COMMANDS_DOCTOR_COMMAND_H
#define COMMANDS_DOCTOR_COMMAND_H

#include <stddef.h>

#include "shared/base/attributes.h"

/* What the program `words[0]`, a path, prints on standard output, up to `max`
 * bytes; free it. Standard error is dropped; it is ended after 10 s. NULL: it
 * cannot be started, or printed nothing. */
char *command_output(const char *const *words, size_t max) MUST_USE;

#endif
