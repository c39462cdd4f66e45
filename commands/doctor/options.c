/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/options.h"

#include <stddef.h>
#include <string.h>

#include "shared/base/number.h"

const char push_doctor_help[] =
    "usage: push-doctor [--conf FILE] [--json] [--header LINE] [URL]\n"
    "       push-doctor --check [--json] [FILE]\n"
    "       push-doctor --access CHANNEL [--conf FILE] [--json]\n"
    "       push-doctor --kick WHOM [--for SECONDS] [--conf FILE] [--json]\n"
    "\n"
    "Says what is wrong with an installation, and the lines that mend it.\n"
    "It changes nothing, except with --kick.\n"
    "\n"
    "  (no option)       check all: settings, files, Redis, the site\n"
    "  --check           check only the settings, and the files and folders\n"
    "                    that they name, as this user may see them\n"
    "  --access CHANNEL  say who may subscribe to a channel and publish to it\n"
    "  --only AREA       only these checks: files, settings, redis, front, …\n"
    "  --kick WHOM       disconnect subscribers everywhere, and keep them "
    "out:\n"
    "                    user=NAME, channel=NAME or client=NAME\n"
    "  --for SECONDS     how long (60); 0: they may come back at once\n"
    "  --conf FILE       the settings file, if it is not the one that the\n"
    "                    programs read\n"
    "  --header LINE     send this with each request to the site; may be\n"
    "                    repeated: --header 'Cookie: session=…'\n"
    "  --patience S      watch a silent response for so many seconds (two\n"
    "                    heartbeats); 0 does not\n"
    "  --ca FILE         authorities of https\n"
    "  --json            print JSON\n"
    "  --help            print this help\n"
    "  --version         print the version\n"
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
	OPTION_ACCESS,
	OPTION_ONLY,
	OPTION_KICK,
	OPTION_FOR,
	OPTION_CONF,
	OPTION_HEADER,
	OPTION_CA,
	OPTION_PATIENCE,
	OPTION_JSON,
	OPTION_HELP,
	OPTION_VERSION
};

static const struct option long_options[] = {
    {"check", no_argument, NULL, OPTION_CHECK},
    {"access", required_argument, NULL, OPTION_ACCESS},
    {"only", required_argument, NULL, OPTION_ONLY},
    {"kick", required_argument, NULL, OPTION_KICK},
    {"for", required_argument, NULL, OPTION_FOR},
    {"conf", required_argument, NULL, OPTION_CONF},
    {"header", required_argument, NULL, OPTION_HEADER},
    {"ca", required_argument, NULL, OPTION_CA},
    {"patience", required_argument, NULL, OPTION_PATIENCE},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

struct words {
	struct push_doctor_options *out;
	const char *operand, *patience, *whom, *seconds;
	size_t operand_count, header_count;
	bool two_jobs;
};

static void
add_operand(void *arg, const char *text)
{
	struct words *w = arg;

	w->operand = text;
	w->operand_count++;
}

static void
set_job(struct words *w, enum push_doctor_job job)
{
	w->two_jobs |= w->out->job != PUSH_DOCTOR_ALL && w->out->job != job;
	w->out->job = job;
}

/* False: help or version; the rest is ignored. */
static bool
take_option(void *arg, int value, const char *text)
{
	struct words *w = arg;

	switch ((enum option_value)value) {
	case OPTION_CHECK:
		set_job(w, PUSH_DOCTOR_CHECK);
		return true;
	case OPTION_ACCESS:
		set_job(w, PUSH_DOCTOR_ACCESS);
		w->out->channel = text;
		return true;
	case OPTION_ONLY:
		w->out->only = text;
		return true;
	case OPTION_KICK:
		set_job(w, PUSH_DOCTOR_KICK);
		w->whom = text;
		return true;
	case OPTION_FOR:
		w->seconds = text;
		return true;
	case OPTION_CONF:
		w->out->conf = text;
		return true;
	case OPTION_HEADER:
		if (w->header_count < SITE_HEADERS_MAX)
			w->out->site.headers[w->header_count] = text;
		w->header_count++;
		return true;
	case OPTION_CA:
		w->out->site.ca = text;
		return true;
	case OPTION_PATIENCE:
		w->patience = text;
		return true;
	case OPTION_JSON:
		w->out->json = true;
		return true;
	case OPTION_HELP:
		w->out->job = PUSH_DOCTOR_HELP;
		return false;
	case OPTION_VERSION:
		w->out->job = PUSH_DOCTOR_VERSION;
		return false;
	}
	return false;
}

static const struct command_line line = {
    .options = long_options,
    .option = take_option,
    .operand = add_operand,
    .hint = "",
};

/* What the one operand is depends on the job. */
static bool
use_operand(const struct words *w, char error[COMMAND_LINE_ERROR_SIZE])
{
	struct push_doctor_options *out = w->out;

	if (w->two_jobs)
		return command_line_refuse(
		    error, "--check, --access and --kick cannot be given "
			   "together.");
	if (w->operand_count == 0)
		return true;
	if (out->job == PUSH_DOCTOR_ACCESS)
		return command_line_refuse(
		    error, "--access takes one channel; a settings file is "
			   "named by --conf.");
	if (out->job == PUSH_DOCTOR_KICK)
		return command_line_refuse(
		    error, "--kick takes one name; a settings file is named by "
			   "--conf.");
	if (w->operand_count > 1)
		return command_line_refuse(
		    error, "There are %zu %s; the maximum is 1.",
		    w->operand_count,
		    out->job == PUSH_DOCTOR_CHECK ? "files" : "addresses");
	if (out->job == PUSH_DOCTOR_CHECK && out->conf != NULL)
		return command_line_refuse(
		    error, "There are two settings files: --conf %s and %s.",
		    out->conf, w->operand);
	if (out->job == PUSH_DOCTOR_CHECK)
		out->conf = w->operand;
	else
		out->site.url = w->operand;
	return true;
}

/* A line feed would begin another header. */
static bool
is_header(const char *text)
{
	if (strchr(text, ':') == NULL || text[0] == ':')
		return false;
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static bool
use_site(const struct words *w, char error[COMMAND_LINE_ERROR_SIZE])
{
	struct site *site = &w->out->site;
	uint64_t patience;

	if (w->header_count > SITE_HEADERS_MAX)
		return command_line_refuse(
		    error, "There are %zu headers; the maximum is %d.",
		    w->header_count, SITE_HEADERS_MAX);
	for (size_t i = 0; i < w->header_count; i++)
		if (!is_header(site->headers[i]))
			return command_line_refuse(
			    error, "A header is Name: value, not %.60s.",
			    site->headers[i]);
	if (w->patience == NULL)
		return true;
	if (!number_parse(&patience, text_of(w->patience), UINT64_MAX) ||
	    patience > SITE_PATIENCE_MAX)
		return command_line_refuse(
		    error, "--patience takes 0 to %d seconds, not %.60s.",
		    SITE_PATIENCE_MAX, w->patience);
	site->patience = (int)patience;
	return true;
}

static bool
use_kick(const struct words *w, char error[COMMAND_LINE_ERROR_SIZE])
{
	struct push_doctor_options *out = w->out;
	uint64_t seconds = KICK_SECONDS_DEFAULT;
	const char *fault;

	if (w->seconds != NULL && w->whom == NULL)
		return command_line_refuse(error, "--for needs --kick.");
	if (w->whom == NULL)
		return true;
	fault = kick_parse(&out->kick, text_of(w->whom));
	if (fault != NULL)
		return command_line_refuse(error, "--kick %.60s: %s", w->whom,
					   fault);
	if (w->seconds != NULL &&
	    (!number_parse(&seconds, text_of(w->seconds), UINT64_MAX) ||
	     seconds > KICK_SECONDS_MAX))
		return command_line_refuse(
		    error, "--for takes 0 to %d seconds, not %.60s.",
		    KICK_SECONDS_MAX, w->seconds);
	out->seconds = (unsigned int)seconds;
	return true;
}

bool
push_doctor_parse(struct push_doctor_options *out, int argc, char **argv,
		  char error[COMMAND_LINE_ERROR_SIZE])
{
	struct words w = {.out = out};

	*out = (struct push_doctor_options){.job = PUSH_DOCTOR_ALL,
					    .site = {.patience = -1}};
	if (!command_line_parse(&line, &w, argc, argv, error))
		return false;
	if (out->job == PUSH_DOCTOR_HELP || out->job == PUSH_DOCTOR_VERSION)
		return true;
	return use_operand(&w, error) && use_site(&w, error) &&
	       use_kick(&w, error);
}
