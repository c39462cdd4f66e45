/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/options.h"

#include <stddef.h>

const char push_doctor_help[] =
    "usage: push-doctor --check [FILE]\n"
    "\n"
    "Says what is wrong with the settings, and what to write instead.\n"
    "\n"
    "  --check    check FILE, or the settings file that the programs read,\n"
    "             and the files and folders that it names, as this user may\n"
    "             see them\n"
    "  --help     print this help\n"
    "  --version  print the version\n"
    "\n"
    "As the user of the web server:\n"
    "  runuser -u www-data -- push-doctor --check\n"
    "\n"
    "Exit status: 0 no error (there may be warnings), 1 an error, 2 usage "
    "error.\n"
    "Manual: push-doctor(1)\n";

const char push_doctor_hint[] = "Try push-doctor --help.";

enum option_value {
	OPTION_CHECK = COMMAND_LINE_OPTIONS,
	OPTION_HELP,
	OPTION_VERSION
};

static const struct option long_options[] = {
    {"check", no_argument, NULL, OPTION_CHECK},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

struct words {
	struct push_doctor_options *out;
	size_t operand_count;
};

static void
add_operand(void *arg, const char *text)
{
	struct words *w = arg;

	w->out->conf = text;
	w->operand_count++;
}

/* False: help or version; the rest is ignored. */
static bool
take_option(void *arg, int value, const char *text)
{
	struct words *w = arg;

	(void)text;
	if (value == OPTION_CHECK) {
		w->out->job = PUSH_DOCTOR_CHECK;
		return true;
	}
	w->out->job =
	    value == OPTION_HELP ? PUSH_DOCTOR_HELP : PUSH_DOCTOR_VERSION;
	return false;
}

static const struct command_line line = {
    .options = long_options,
    .option = take_option,
    .operand = add_operand,
    .hint = "",
};

bool
push_doctor_parse(struct push_doctor_options *out, int argc, char **argv,
		  char error[COMMAND_LINE_ERROR_SIZE])
{
	struct words w = {.out = out};

	*out = (struct push_doctor_options){.job = PUSH_DOCTOR_NOTHING};
	if (!command_line_parse(&line, &w, argc, argv, error))
		return false;
	if (out->job == PUSH_DOCTOR_NOTHING)
		return command_line_refuse(
		    error, "Say what to do: --check reads the settings.");
	if (out->job == PUSH_DOCTOR_CHECK && w.operand_count > 1)
		return command_line_refuse(
		    error, "There are %zu files; the maximum is 1.",
		    w.operand_count);
	return true;
}
