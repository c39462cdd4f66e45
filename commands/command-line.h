/* SPDX-License-Identifier: MIT */
/*
 * command-line.h - the words of a command line, for all commands.
 *
 * Options and operands may be mixed, even with POSIXLY_CORRECT; what follows
 * `--` is operands. The order of argv stays.
 */
#ifndef COMMANDS_COMMAND_LINE_H
#define COMMANDS_COMMAND_LINE_H

#include <getopt.h>
#include <stdbool.h>

#include "shared/base/attributes.h"

enum {
	COMMAND_LINE_ERROR_SIZE = 256,
	COMMAND_LINE_OPTIONS = 256 /* the first value of an option */
};

/* What a command understands. Strings are borrowed from argv. */
struct command_line {
	/* for getopt_long(3); the values are COMMAND_LINE_OPTIONS and above */
	const struct option *options;
	/* `text`: its value, or NULL. False: ignore the rest (--help). */
	bool (*option)(void *arg, int value, const char *text);
	void (*operand)(void *arg, const char *text);
	const char *hint; /* follows "Unknown option --x."; may be "" */
};

/* Passes each word to `option` or `operand`. False: invalid, and `error` is a
 * sentence without control characters. */
bool command_line_parse(const struct command_line *line, void *arg, int argc,
			char **argv,
			char error[COMMAND_LINE_ERROR_SIZE]) MUST_USE;

/* Writes `error` and returns false. Control characters, which the command line
 * may have, are replaced: the error goes to a terminal or to a server's log. */
bool command_line_refuse(char error[COMMAND_LINE_ERROR_SIZE],
			 const char *format, ...) PRINTF_LIKE(2, 3);

#endif
