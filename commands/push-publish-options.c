/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-publish-options.h"

#include <math.h>
#include <string.h>

#include "commands/command-line.h"
#include "shared/base/number.h"

const char push_publish_help[] =
    "usage: push-publish [options] CHANNEL DATA\n"
    "       push-publish [options] CHANNEL < file\n"
    "       push-publish [options] --lines CHANNEL < lines\n"
    "       push-publish [--conf FILE] --cursor CHANNEL...\n"
    "       push-publish [--conf FILE] --who CHANNEL\n"
    "       push-publish [--conf FILE] --flush DIR\n"
    "       push-publish [--conf FILE] --health\n"
    "\n"
    "Publishes a message and prints its id.\n"
    "\n"
    "  --event TYPE  event type of the message\n"
    "  --key KEY     idempotency key: publish once, even if retried\n"
    "  --retry SECONDS\n"
    "                repeat for SECONDS until the message is stored\n"
    "  --spool DIR   keep the message in DIR while Redis is away\n"
    "  --flush DIR   send the messages that are kept in DIR\n"
    "  --health      check that a message comes back through Redis\n"
    "  --lines       publish each line of standard input\n"
    "  --strict      with --lines: stop at a line that is not UTF-8, instead\n"
    "                of replacing its wrong bytes\n"
    "  --cursor      print the current cursor of the channels\n"
    "  --who         print how many are subscribed to the channel, and who\n"
    "  --conf FILE   read settings from FILE\n"
    "  --help        print this help\n"
    "  --version     print the version\n"
    "  --            end of options; CHANNEL or DATA may begin with -\n"
    "\n"
    "In a script, put -- before text that a visitor sent:\n"
    "  push-publish --event chat -- \"$channel\" \"$text\"\n"
    "\n"
    "Exit status: 0 stored, 1 not stored, 2 usage error, 3 spooled, 4 "
    "unknown.\n"
    "Manual: push-publish(1)\n";

const char push_publish_hint[] = "Try push-publish --help.";

enum option_value {
	OPTION_EVENT = COMMAND_LINE_OPTIONS,
	OPTION_KEY,
	OPTION_RETRY,
	OPTION_SPOOL,
	OPTION_FLUSH,
	OPTION_HEALTH,
	OPTION_CONF,
	OPTION_LINES,
	OPTION_STRICT,
	OPTION_CURSOR,
	OPTION_WHO,
	OPTION_HELP,
	OPTION_VERSION
};

static const struct option long_options[] = {
    {"event", required_argument, NULL, OPTION_EVENT},
    {"key", required_argument, NULL, OPTION_KEY},
    {"retry", required_argument, NULL, OPTION_RETRY},
    {"spool", required_argument, NULL, OPTION_SPOOL},
    {"flush", required_argument, NULL, OPTION_FLUSH},
    {"health", no_argument, NULL, OPTION_HEALTH},
    {"conf", required_argument, NULL, OPTION_CONF},
    {"lines", no_argument, NULL, OPTION_LINES},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"cursor", no_argument, NULL, OPTION_CURSOR},
    {"who", no_argument, NULL, OPTION_WHO},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* The parsed words of the command line. */
struct words {
	struct push_publish_options *out;
	char *error;
	const char *operands[CHANNELS_MAX];
	size_t operand_count; /* may exceed the array */
	const char *flush;    /* or NULL */
	const char *retry;    /* or NULL */
	bool health;
	bool lines;
	bool cursor;
	bool who;
};

static void
add_operand(void *arg, const char *text)
{
	struct words *w = arg;

	if (w->operand_count < CHANNELS_MAX)
		w->operands[w->operand_count] = text;
	w->operand_count++;
}

/* False: help or version; the rest is ignored. */
static bool
take_option(void *arg, int value, const char *text)
{
	struct words *w = arg;

	switch (value) {
	case OPTION_EVENT:
		w->out->event = text;
		break;
	case OPTION_KEY:
		w->out->key = text;
		break;
	case OPTION_RETRY:
		w->retry = text;
		break;
	case OPTION_SPOOL:
		w->out->spool = text;
		break;
	case OPTION_FLUSH:
		w->flush = text;
		break;
	case OPTION_HEALTH:
		w->health = true;
		break;
	case OPTION_CONF:
		w->out->conf = text;
		break;
	case OPTION_LINES:
		w->lines = true;
		break;
	case OPTION_STRICT:
		w->out->strict = true;
		break;
	case OPTION_CURSOR:
		w->cursor = true;
		break;
	case OPTION_WHO:
		w->who = true;
		break;
	case OPTION_HELP:
		w->out->job = PUSH_PUBLISH_HELP;
		break;
	case OPTION_VERSION:
		w->out->job = PUSH_PUBLISH_VERSION;
		break;
	default:
		break;
	}
	return w->out->job == PUSH_PUBLISH_DATA;
}

static const struct command_line line = {
    .options = long_options,
    .option = take_option,
    .operand = add_operand,
    .hint = " Put -- before data that begins with -.",
};

/* True: an option of one message is given. */
static bool
publishes_one(const struct words *w)
{
	return w->out->event[0] != '\0' || w->out->key != NULL ||
	       w->retry != NULL || w->out->spool != NULL;
}

/* --flush or --health: without a channel. */
static bool
parse_alone(struct words *w)
{
	if (w->lines || w->cursor || w->who || publishes_one(w) ||
	    w->operand_count > 0 || (w->flush != NULL && w->health))
		return command_line_refuse(
		    w->error, "%s can be combined only with --conf.",
		    w->health ? "--health" : "--flush");
	w->out->job = w->health ? PUSH_PUBLISH_HEALTH : PUSH_PUBLISH_FLUSH;
	w->out->spool = w->flush;
	return true;
}

static bool
parse_who(struct words *w)
{
	if (w->lines || w->cursor || publishes_one(w))
		return command_line_refuse(
		    w->error, "--who can be combined only with --conf.");
	if (w->operand_count > 1)
		return command_line_refuse(w->error,
					   "--who takes one channel.");
	w->out->job = PUSH_PUBLISH_WHO;
	w->out->channel_count = 1;
	w->out->channels[0] = w->operands[0];
	return true;
}

static bool
parse_cursor(struct words *w)
{
	struct push_publish_options *o = w->out;

	if (w->lines || publishes_one(w))
		return command_line_refuse(
		    w->error, "--cursor can be combined only with --conf.");
	if (w->operand_count > CHANNELS_MAX)
		return command_line_refuse(
		    w->error, "There are %zu channels; the maximum is %d.",
		    w->operand_count, CHANNELS_MAX);
	o->job = PUSH_PUBLISH_CURSOR;
	o->channel_count = w->operand_count;
	memcpy(o->channels, w->operands,
	       o->channel_count * sizeof(o->channels[0]));
	return true;
}

/* Without --retry, lines are repeated without a limit, and one message is not
 * repeated. */
static bool
parse_retry(struct words *w)
{
	uint64_t seconds = 0;

	if (w->retry == NULL) {
		w->out->retry = w->lines ? (double)INFINITY : 0.;
		return true;
	}
	if (!number_parse(&seconds, text_of(w->retry), UINT64_MAX) ||
	    seconds < 1 || seconds > PUSH_PUBLISH_RETRY_MAX)
		return command_line_refuse(w->error,
					   "--retry needs 1 to %d seconds.",
					   PUSH_PUBLISH_RETRY_MAX);
	w->out->retry = (double)seconds;
	return true;
}

static bool
parse_message(struct words *w)
{
	struct push_publish_options *o = w->out;

	if (w->lines && o->key != NULL)
		return command_line_refuse(
		    w->error, "--key cannot be combined with --lines.");
	if (o->spool != NULL && (w->lines || w->retry != NULL))
		return command_line_refuse(
		    w->error,
		    "--spool cannot be combined with --lines or --retry.");
	if (w->lines && w->operand_count > 1)
		return command_line_refuse(
		    w->error, "With --lines, the data is read from standard "
			      "input: give only a channel.");
	if (w->operand_count > 2)
		return command_line_refuse(
		    w->error,
		    "Expected a channel and data, got %zu arguments. Put "
		    "quotes around the data.",
		    w->operand_count);
	o->job = PUSH_PUBLISH_INPUT;
	if (w->lines)
		o->job = PUSH_PUBLISH_LINES;
	if (w->operand_count == 2) {
		o->job = PUSH_PUBLISH_DATA;
		o->data = w->operands[1];
	}
	o->channels[0] = w->operands[0];
	o->channel_count = 1;
	return parse_retry(w);
}

bool
push_publish_parse(struct push_publish_options *out, int argc, char **argv,
		   char error[COMMAND_LINE_ERROR_SIZE])
{
	struct words w = {.out = out, .error = error};

	*out = (struct push_publish_options){.event = ""};
	if (!command_line_parse(&line, &w, argc, argv, error))
		return false;
	if (out->job == PUSH_PUBLISH_HELP || out->job == PUSH_PUBLISH_VERSION)
		return true;
	if (out->strict && !w.lines)
		return command_line_refuse(
		    error, "--strict can be combined only with --lines.");
	if (w.flush != NULL || w.health)
		return parse_alone(&w);
	if (w.operand_count == 0)
		return command_line_refuse(error, "The channel is missing.");
	if (w.who)
		return parse_who(&w);
	if (w.cursor)
		return parse_cursor(&w);
	return parse_message(&w);
}

const char *
push_publish_fault(const struct push_publish_options *o)
{
	const char *fault = event_fault(text_of(o->event));

	if (fault == NULL && o->key != NULL)
		fault = key_fault(text_of(o->key));
	for (size_t i = 0; fault == NULL && i < o->channel_count; i++)
		fault = channel_fault(text_of(o->channels[i]));
	return fault;
}

size_t
push_publish_chomp(const char *text, size_t len)
{
	return len > 0 && text[len - 1] == '\n' ? len - 1 : len;
}
