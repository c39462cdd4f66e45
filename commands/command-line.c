/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/command-line.h"

#include <stdarg.h>
#include <stdio.h>

bool
command_line_refuse(char error[COMMAND_LINE_ERROR_SIZE], const char *format,
		    ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(error, COMMAND_LINE_ERROR_SIZE, format, args);
	va_end(args);
	for (char *p = error; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return false;
}

/* Explains why getopt_long() returned `value` for `word`. */
static bool
refuse_option(const struct command_line *line, int value, const char *word,
	      char error[COMMAND_LINE_ERROR_SIZE])
{
	if (value == ':')
		return command_line_refuse(error, "Option %.60s needs a value.",
					   word);
	if (optopt >= COMMAND_LINE_OPTIONS)
		return command_line_refuse(
		    error, "Option %.60s takes no value.", word);
	return command_line_refuse(error, "Unknown option %.60s.%s", word,
				   line->hint);
}

/* The leading '-' in the list of short options returns operands in their place,
 * even with POSIXLY_CORRECT, and does not reorder argv. */
bool
command_line_parse(const struct command_line *line, void *arg, int argc,
		   char **argv, char error[COMMAND_LINE_ERROR_SIZE])
{
	optind = 0; /* reset */
	opterr = 0;
	for (int at = 1; at < argc; at = optind) {
		int value = getopt_long(argc, argv, "-:", line->options, NULL);

		if (value == -1)
			break;
		if (value == 1)
			line->operand(arg, optarg);
		else if (value < COMMAND_LINE_OPTIONS)
			return refuse_option(line, value, argv[at], error);
		else if (!line->option(arg, value, optarg))
			return true;
	}
	while (optind > 0 && optind < argc) /* after -- */
		line->operand(arg, argv[optind++]);
	return true;
}
