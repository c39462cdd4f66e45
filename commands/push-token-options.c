/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-token-options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/access/selector.h"
#include "shared/access/signature.h"
#include "shared/base/number.h"
#include "shared/base/utf8.h"

const char push_token_help[] =
    "usage: push-token [options] --channel CHANNEL... --ttl TIME\n"
    "       push-token --jwt [options] --subscribe-to NAME...\n"
    "                  --publish-to NAME... --ttl TIME\n"
    "       push-token --explain REQUEST-OR-TOKEN [options] CHANNEL\n"
    "       push-token --new-secret\n"
    "\n"
    "Prints a signed URL: who has it may subscribe to the channels. With "
    "--jwt\n"
    "a JSON Web Token, for a cookie or a header.\n"
    "\n"
    "  --url URL           the URL to sign; without it, only the parameters\n"
    "                      are printed\n"
    "  --channel CHANNEL   a channel; repeat the option for several\n"
    "  --ttl TIME          how long it is valid: 90, 90s, 10m, 8h, 7d\n"
    "  --publish           sign for publishing instead, to one channel\n"
    "  --jwt               print a JSON Web Token (HS256)\n"
    "  --subscribe-to NAME, --publish-to NAME\n"
    "                      of a token: a channel, a template such as\n"
    "                      news-{lang}, or * for all; repeat for several\n"
    "  --secret-file FILE  the secret is the first line of FILE; without it,\n"
    "                      that of access.secret or access.secret_file, and\n"
    "                      of access.jwt_key or access.jwt_key_file for a\n"
    "                      token\n"
    "  --conf FILE         read settings from FILE\n"
    "  --explain WHAT      say who may subscribe and publish to CHANNEL, and\n"
    "                      whether WHAT may: a URL, its query, or a token; -:\n"
    "                      a line of standard input\n"
    "  --new-secret        print a new secret\n"
    "  --help              print this help\n"
    "  --version           print the version\n"
    "\n"
    "In a script that has checked who the visitor is:\n"
    "  push-token --url /push/sse --channel \"$channel\" --ttl 10m\n"
    "\n"
    "Exit status: 0 printed, 1 failed, 2 usage error. With --explain: 0 it "
    "may\n"
    "subscribe (with --publish: publish), 1 it may not.\n"
    "Manual: push-token(1)\n";

const char push_token_hint[] = "Try push-token --help.";

enum option_value {
	OPTION_URL = 256,
	OPTION_CHANNEL,
	OPTION_TTL,
	OPTION_PUBLISH,
	OPTION_JWT,
	OPTION_SUBSCRIBE_TO,
	OPTION_PUBLISH_TO,
	OPTION_SECRET_FILE,
	OPTION_CONF,
	OPTION_EXPLAIN,
	OPTION_NEW_SECRET,
	OPTION_HELP,
	OPTION_VERSION
};

static const struct option long_options[] = {
    {"url", required_argument, NULL, OPTION_URL},
    {"channel", required_argument, NULL, OPTION_CHANNEL},
    {"ttl", required_argument, NULL, OPTION_TTL},
    {"publish", no_argument, NULL, OPTION_PUBLISH},
    {"jwt", no_argument, NULL, OPTION_JWT},
    {"subscribe-to", required_argument, NULL, OPTION_SUBSCRIBE_TO},
    {"publish-to", required_argument, NULL, OPTION_PUBLISH_TO},
    {"secret-file", required_argument, NULL, OPTION_SECRET_FILE},
    {"conf", required_argument, NULL, OPTION_CONF},
    {"explain", required_argument, NULL, OPTION_EXPLAIN},
    {"new-secret", no_argument, NULL, OPTION_NEW_SECRET},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* The parsed words of the command line. */
struct command_line {
	struct push_token_options *out;
	char *error;
	const char *ttl;      /* or NULL */
	const char *operand;  /* the first, or NULL */
	size_t channel_count; /* may exceed CHANNELS_MAX */
	bool new_secret, jwt;
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
	(void)vsnprintf(c->error, PUSH_TOKEN_ERROR_SIZE, format, args);
	va_end(args);
	for (char *p = c->error; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return false;
}

static void
add(const char *list[CHANNELS_MAX], size_t *count, const char *name)
{
	if (*count < CHANNELS_MAX)
		list[*count] = name;
	(*count)++;
}

/* False: `value` of getopt_long() is not an option. */
static bool
take_option(struct command_line *c, int value)
{
	switch (value) {
	case OPTION_URL:
		c->out->url = optarg;
		return true;
	case OPTION_CHANNEL:
		add(c->out->channels, &c->channel_count, optarg);
		return true;
	case OPTION_TTL:
		c->ttl = optarg;
		return true;
	case OPTION_PUBLISH:
		c->out->right = ACCESS_PUBLISH;
		return true;
	case OPTION_EXPLAIN:
		c->out->shown = optarg;
		return true;
	case OPTION_JWT:
		c->jwt = true;
		return true;
	case OPTION_SUBSCRIBE_TO:
		add(c->out->subscribe_to, &c->out->subscribe_to_count, optarg);
		return true;
	case OPTION_PUBLISH_TO:
		add(c->out->publish_to, &c->out->publish_to_count, optarg);
		return true;
	case OPTION_SECRET_FILE:
		c->out->secret_file = optarg;
		return true;
	case OPTION_CONF:
		c->out->conf = optarg;
		return true;
	case OPTION_NEW_SECRET:
		c->new_secret = true;
		return true;
	case OPTION_HELP:
		c->out->job = PUSH_TOKEN_HELP;
		return true;
	case OPTION_VERSION:
		c->out->job = PUSH_TOKEN_VERSION;
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
	if (optopt >= OPTION_URL)
		return refuse(c, "Option %.60s takes no value.", word);
	return refuse(c, "Unknown option %.60s.", word);
}

/* The leading '-' in the list of short options returns operands in their
 * place. */
static bool
parse_words(struct command_line *c, int argc, char **argv)
{
	optind = 0; /* reset */
	opterr = 0;
	for (int at = 1; at < argc; at = optind) {
		int value = getopt_long(argc, argv, "-:", long_options, NULL);

		if (value == -1)
			break;
		if (value == 1 && c->operand == NULL)
			c->operand = optarg;
		else if (value != 1 && !take_option(c, value))
			return refuse_option(c, value, argv[at]);
		if (c->out->job != PUSH_TOKEN_URL)
			return true; /* help or version: ignore the rest */
	}
	if (optind > 0 && optind < argc && c->operand == NULL) /* after -- */
		c->operand = argv[optind];
	return true;
}

/* Seconds of one `unit`; 0: there is no such unit. */
static uint64_t
unit_seconds(struct text unit)
{
	if (unit.len == 0 || text_is(unit, "s"))
		return 1;
	if (text_is(unit, "m"))
		return 60;
	if (text_is(unit, "h"))
		return 60 * 60;
	return text_is(unit, "d") ? 24 * 60 * 60 : 0;
}

static bool
parse_ttl(struct command_line *c)
{
	const char *at = c->ttl, *end;
	uint64_t n, unit;

	if (c->ttl == NULL)
		return refuse(c, "--ttl is missing: for how long is it "
				 "valid?");
	end = at + strlen(at);
	if (!number_take(&n, &at, end, SIGNATURE_TTL_MAX) || n == 0 ||
	    (unit = unit_seconds(text_of(at))) == 0 ||
	    n > SIGNATURE_TTL_MAX / unit)
		return refuse(c, "--ttl needs a time such as 90s, 10m, 8h or "
				 "7d, of at most 10 years.");
	c->out->ttl = n * unit;
	return true;
}

static bool
parse_channels(struct command_line *c)
{
	if (c->channel_count == 0)
		return refuse(c, "--channel is missing.");
	if (c->channel_count > CHANNELS_MAX)
		return refuse(c, "There are %zu channels; the maximum is %d.",
			      c->channel_count, CHANNELS_MAX);
	if (c->out->right == ACCESS_PUBLISH && c->channel_count > 1)
		return refuse(c, "A message has one channel: sign a URL for "
				 "each.");
	c->out->channel_count = c->channel_count;
	for (size_t i = 0; i < c->channel_count; i++) {
		const char *fault = channel_fault(text_of(c->out->channels[i]));

		if (fault != NULL)
			return refuse(c, "%s", fault);
	}
	return true;
}

static bool
check_selectors(struct command_line *c, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct text name = text_of(names[i]);
		const char *fault = utf8_valid(name.bytes, name.len)
					? selector_fault(name)
					: "it is not UTF-8";

		if (fault != NULL)
			return refuse(c, "%.60s matches no channel: %s.",
				      names[i], fault);
	}
	return true;
}

static bool
parse_jwt(struct command_line *c)
{
	struct push_token_options *o = c->out;
	size_t count = o->subscribe_to_count + o->publish_to_count;

	o->job = PUSH_TOKEN_JWT;
	if (o->url != NULL || c->channel_count > 0 ||
	    o->right != ACCESS_SUBSCRIBE)
		return refuse(c, "--jwt takes --subscribe-to and --publish-to, "
				 "not --url, --channel or --publish.");
	if (count == 0)
		return refuse(c, "--subscribe-to and --publish-to are "
				 "missing.");
	if (count > CHANNELS_MAX)
		return refuse(c, "There are %zu channels; the maximum is %d.",
			      count, CHANNELS_MAX);
	return check_selectors(c, o->subscribe_to, o->subscribe_to_count) &&
	       check_selectors(c, o->publish_to, o->publish_to_count);
}

/* --explain: its operand is the channel. */
static bool
parse_explain(struct command_line *c)
{
	struct push_token_options *o = c->out;
	const char *fault;

	o->job = PUSH_TOKEN_EXPLAIN;
	if (o->url != NULL || c->channel_count > 0 || c->ttl != NULL ||
	    o->secret_file != NULL || c->new_secret || c->jwt ||
	    o->subscribe_to_count + o->publish_to_count > 0)
		return refuse(c, "--explain can be combined with --publish and "
				 "--conf only.");
	if (c->operand == NULL)
		return refuse(c, "The channel is missing: --explain "
				 "REQUEST-OR-TOKEN CHANNEL.");
	fault = channel_fault(text_of(c->operand));
	if (fault != NULL)
		return refuse(c, "%s", fault);
	o->channels[0] = c->operand;
	o->channel_count = 1;
	return true;
}

/* --new-secret: nothing else is given. */
static bool
parse_alone(struct command_line *c)
{
	const struct push_token_options *o = c->out;

	if (o->url != NULL || c->channel_count > 0 || c->ttl != NULL ||
	    o->right != ACCESS_SUBSCRIBE || o->secret_file != NULL ||
	    o->conf != NULL || c->jwt || o->subscribe_to_count > 0 ||
	    o->publish_to_count > 0)
		return refuse(c, "--new-secret cannot be combined with other "
				 "options.");
	c->out->job = PUSH_TOKEN_NEW_SECRET;
	return true;
}

bool
push_token_parse(struct push_token_options *out, int argc, char **argv,
		 char error[PUSH_TOKEN_ERROR_SIZE])
{
	struct command_line c = {.out = out, .error = error};

	*out = (struct push_token_options){.right = ACCESS_SUBSCRIBE};
	if (!parse_words(&c, argc, argv))
		return false;
	if (out->job != PUSH_TOKEN_URL)
		return true;
	if (out->shown != NULL)
		return parse_explain(&c);
	if (c.operand != NULL)
		return refuse(&c,
			      "Unexpected argument %.60s: each is the value of "
			      "an option.",
			      c.operand);
	if (c.new_secret)
		return parse_alone(&c);
	if (!c.jwt && out->subscribe_to_count + out->publish_to_count > 0)
		return refuse(&c, "--subscribe-to and --publish-to are for "
				  "--jwt.");
	if (!(c.jwt ? parse_jwt(&c) : parse_channels(&c)) || !parse_ttl(&c))
		return false;
	if (out->secret_file != NULL && out->conf != NULL)
		return refuse(&c, "--secret-file cannot be combined with "
				  "--conf.");
	return true;
}
