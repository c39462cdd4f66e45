/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-publish-options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char push_publish_help[] =
    "usage: push-publish [options] CHANNEL DATA\n"
    "       push-publish [options] CHANNEL < file\n"
    "       push-publish [options] --lines CHANNEL < lines\n"
    "       push-publish [--conf FILE] --cursor CHANNEL...\n"
    "\n"
    "Publishes a message, and prints its id.\n"
    "\n"
    "  --event TYPE  the type of the message\n"
    "  --key KEY     publish it once, however often it is tried\n"
    "  --lines       publish each line of standard input\n"
    "  --cursor      print where the channels stand; publish nothing\n"
    "  --conf FILE   read settings from FILE\n"
    "  --help        print this\n"
    "  --version     print the version\n"
    "  --            end the options; what follows may begin with -\n"
    "\n"
    "In a script, put -- before what a visitor sent:\n"
    "  push-publish --event chat -- \"$channel\" \"$text\"\n"
    "\n"
    "Exit status: 0 stored, 1 not stored, 2 usage, 4 unknown.\n"
    "Manual: push-publish(1)\n";

const char push_publish_hint[] = "Try push-publish --help.";

enum option_value {
	OPTION_EVENT = 256,
	OPTION_KEY,
	OPTION_CONF,
	OPTION_LINES,
	OPTION_CURSOR,
	OPTION_HELP,
	OPTION_VERSION
};

static const struct option long_options[] = {
    {"event", required_argument, NULL, OPTION_EVENT},
    {"key", required_argument, NULL, OPTION_KEY},
    {"conf", required_argument, NULL, OPTION_CONF},
    {"lines", no_argument, NULL, OPTION_LINES},
    {"cursor", no_argument, NULL, OPTION_CURSOR},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* The command line, read but not yet understood. */
struct command_line {
	struct push_publish_options *out;
	char *error;
	const char *operands[CHANNELS_MAX];
	size_t operand_count; /* may be more than there is room for */
	bool lines;
	bool cursor;
};

static bool refuse(struct command_line *c, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* Returns false. What was typed may hold anything, and goes to a terminal or
 * to a server's log. */
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

/* False: not an option that getopt_long() gave us. */
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

/* Why getopt_long() would not have `word`. */
static bool
refuse_option(struct command_line *c, int value, const char *word)
{
	if (value == ':')
		return refuse(c, "%.60s needs a value.", word);
	if (optopt >= OPTION_EVENT)
		return refuse(c, "%.60s: that option takes no value.", word);
	return refuse(c,
		      "There is no option %.60s. Put -- before a text that "
		      "begins with -.",
		      word);
}

/*
 * The leading '-' in the list of short options hands over operands in their
 * place, whatever POSIXLY_CORRECT says, and leaves argv in its order.
 */
static bool
read_words(struct command_line *c, int argc, char **argv)
{
	optind = 0; /* start anew */
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
			return true; /* help or version: the rest is moot */
	}
	while (optind > 0 && optind < argc) /* after -- */
		add_operand(c, argv[optind++]);
	return true;
}

static bool
understand_cursor(struct command_line *c)
{
	struct push_publish_options *o = c->out;

	if (c->lines || o->event[0] != '\0' || o->key != NULL)
		return refuse(c, "--cursor publishes nothing: it goes with "
				 "--conf only.");
	if (c->operand_count > CHANNELS_MAX)
		return refuse(c, "There are %zu channels; %d is the most.",
			      c->operand_count, CHANNELS_MAX);
	o->job = PUSH_PUBLISH_CURSOR;
	o->channel_count = c->operand_count;
	memcpy(o->channels, c->operands,
	       o->channel_count * sizeof(o->channels[0]));
	return true;
}

static bool
understand_message(struct command_line *c)
{
	struct push_publish_options *o = c->out;

	if (c->lines && o->key != NULL)
		return refuse(c, "--key is of one message, --lines sends "
				 "many.");
	if (c->lines && c->operand_count > 1)
		return refuse(c, "With --lines the data comes from standard "
				 "input: give a channel and nothing else.");
	if (c->operand_count > 2)
		return refuse(c,
			      "There are %zu words, where a channel and "
			      "data were expected; put quotes around the "
			      "data.",
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
	return true;
}

bool
push_publish_parse(struct push_publish_options *out, int argc, char **argv,
		   char error[PUSH_PUBLISH_ERROR_SIZE])
{
	struct command_line c = {.out = out, .error = error};

	*out = (struct push_publish_options){.event = ""};
	if (!read_words(&c, argc, argv))
		return false;
	if (out->job == PUSH_PUBLISH_HELP || out->job == PUSH_PUBLISH_VERSION)
		return true;
	if (c.operand_count == 0)
		return refuse(&c, "There is no channel.");
	if (c.cursor)
		return understand_cursor(&c);
	return understand_message(&c);
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
