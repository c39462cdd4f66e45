/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-publish-options.h"

#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/number.h"

const char push_publish_help[] =
    "usage: push-publish [options] CHANNEL DATA\n"
    "       push-publish [options] CHANNEL < file\n"
    "       push-publish [options] --lines CHANNEL < lines\n"
    "       push-publish [--conf FILE] --cursor CHANNEL...\n"
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
    "  --cursor      print the current cursor of the channels\n"
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
	OPTION_EVENT = 256,
	OPTION_KEY,
	OPTION_RETRY,
	OPTION_SPOOL,
	OPTION_FLUSH,
	OPTION_HEALTH,
	OPTION_CONF,
	OPTION_LINES,
	OPTION_CURSOR,
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
    {"cursor", no_argument, NULL, OPTION_CURSOR},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* The parsed words of the command line. */
struct command_line {
	struct push_publish_options *out;
	char *error;
	const char *operands[CHANNELS_MAX];
	size_t operand_count; /* may exceed the array */
	const char *flush;    /* or NULL */
	const char *retry;    /* or NULL */
	bool health;
	bool lines;
	bool cursor;
};

static bool refuse(struct command_line *c, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* Returns false. Control characters of the command line are replaced: the error
 * goes to a terminal or to a server's log. */
static bool
refuse(struct command_line *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(c->error, PUSH_PUBLISH_ERROR_SIZE, format, args);
	va_end(args);
	for (char *p = c->error; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return false;
}

static void
add_operand(struct command_line *c, const char *text)
{
	if (c->operand_count < CHANNELS_MAX)
		c->operands[c->operand_count] = text;
	c->operand_count++;
}

/* False: `value` of getopt_long() is not an option. */
static bool
take_option(struct command_line *c, int value)
{
	switch (value) {
	case OPTION_EVENT:
		c->out->event = optarg;
		return true;
	case OPTION_KEY:
		c->out->key = optarg;
		return true;
	case OPTION_RETRY:
		c->retry = optarg;
		return true;
	case OPTION_SPOOL:
		c->out->spool = optarg;
		return true;
	case OPTION_FLUSH:
		c->flush = optarg;
		return true;
	case OPTION_HEALTH:
		c->health = true;
		return true;
	case OPTION_CONF:
		c->out->conf = optarg;
		return true;
	case OPTION_LINES:
		c->lines = true;
		return true;
	case OPTION_CURSOR:
		c->cursor = true;
		return true;
	case OPTION_HELP:
		c->out->job = PUSH_PUBLISH_HELP;
		return true;
	case OPTION_VERSION:
		c->out->job = PUSH_PUBLISH_VERSION;
		return true;
	default:
		return false;
	}
}

/* Explains why getopt_long() refused `word`. */
static bool
refuse_option(struct command_line *c, int value, const char *word)
{
	if (value == ':')
		return refuse(c, "Option %.60s needs a value.", word);
	if (optopt >= OPTION_EVENT)
		return refuse(c, "Option %.60s takes no value.", word);
	return refuse(c,
		      "Unknown option %.60s. Put -- before data that begins "
		      "with -.",
		      word);
}

/*
 * The leading '-' in the list of short options returns operands in their place,
 * even with POSIXLY_CORRECT, and does not reorder argv.
 */
static bool
parse_words(struct command_line *c, int argc, char **argv)
{
	optind = 0; /* reset */
	opterr = 0;
	for (int at = 1; at < argc; at = optind) {
		int value = getopt_long(argc, argv, "-:", long_options, NULL);

		if (value == -1)
			break;
		if (value == 1)
			add_operand(c, optarg);
		else if (!take_option(c, value))
			return refuse_option(c, value, argv[at]);
		if (c->out->job != PUSH_PUBLISH_DATA)
			return true; /* help or version: ignore the rest */
	}
	while (optind > 0 && optind < argc) /* after -- */
		add_operand(c, argv[optind++]);
	return true;
}

/* True: an option of one message is given. */
static bool
publishes_one(const struct command_line *c)
{
	return c->out->event[0] != '\0' || c->out->key != NULL ||
	       c->retry != NULL || c->out->spool != NULL;
}

/* --flush or --health: without a channel. */
static bool
parse_alone(struct command_line *c)
{
	if (c->lines || c->cursor || publishes_one(c) || c->operand_count > 0 ||
	    (c->flush != NULL && c->health))
		return refuse(c, "%s can be combined only with --conf.",
			      c->health ? "--health" : "--flush");
	c->out->job = c->health ? PUSH_PUBLISH_HEALTH : PUSH_PUBLISH_FLUSH;
	c->out->spool = c->flush;
	return true;
}

static bool
parse_cursor(struct command_line *c)
{
	struct push_publish_options *o = c->out;

	if (c->lines || publishes_one(c))
		return refuse(c, "--cursor can be combined only with --conf.");
	if (c->operand_count > CHANNELS_MAX)
		return refuse(c, "There are %zu channels; the maximum is %d.",
			      c->operand_count, CHANNELS_MAX);
	o->job = PUSH_PUBLISH_CURSOR;
	o->channel_count = c->operand_count;
	memcpy(o->channels, c->operands,
	       o->channel_count * sizeof(o->channels[0]));
	return true;
}

/* Without --retry, lines are repeated without a limit, and one message is not
 * repeated. */
static bool
parse_retry(struct command_line *c)
{
	uint64_t seconds = 0;

	if (c->retry == NULL) {
		c->out->retry = c->lines ? (double)INFINITY : 0.;
		return true;
	}
	if (!number_parse(&seconds, text_of(c->retry), UINT64_MAX) ||
	    seconds < 1 || seconds > PUSH_PUBLISH_RETRY_MAX)
		return refuse(c, "--retry needs 1 to %d seconds.",
			      PUSH_PUBLISH_RETRY_MAX);
	c->out->retry = (double)seconds;
	return true;
}

static bool
parse_message(struct command_line *c)
{
	struct push_publish_options *o = c->out;

	if (c->lines && o->key != NULL)
		return refuse(c, "--key cannot be combined with --lines.");
	if (o->spool != NULL && (c->lines || c->retry != NULL))
		return refuse(c, "--spool cannot be combined with --lines or "
				 "--retry.");
	if (c->lines && c->operand_count > 1)
		return refuse(c, "With --lines, the data is read from "
				 "standard input: give only a channel.");
	if (c->operand_count > 2)
		return refuse(c,
			      "Expected a channel and data, got %zu "
			      "arguments. Put quotes around the data.",
			      c->operand_count);
	o->job = PUSH_PUBLISH_INPUT;
	if (c->lines)
		o->job = PUSH_PUBLISH_LINES;
	if (c->operand_count == 2) {
		o->job = PUSH_PUBLISH_DATA;
		o->data = c->operands[1];
	}
	o->channels[0] = c->operands[0];
	o->channel_count = 1;
	return parse_retry(c);
}

bool
push_publish_parse(struct push_publish_options *out, int argc, char **argv,
		   char error[PUSH_PUBLISH_ERROR_SIZE])
{
	struct command_line c = {.out = out, .error = error};

	*out = (struct push_publish_options){.event = ""};
	if (!parse_words(&c, argc, argv))
		return false;
	if (out->job == PUSH_PUBLISH_HELP || out->job == PUSH_PUBLISH_VERSION)
		return true;
	if (c.flush != NULL || c.health)
		return parse_alone(&c);
	if (c.operand_count == 0)
		return refuse(&c, "The channel is missing.");
	if (c.cursor)
		return parse_cursor(&c);
	return parse_message(&c);
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
