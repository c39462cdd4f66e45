/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-token-options.h"

#include <string.h>

#include "commands/command-line.h"
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
	OPTION_URL = COMMAND_LINE_OPTIONS,
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
struct words {
	struct push_token_options *out;
	char *error;
	const char *ttl;      /* or NULL */
	const char *operand;  /* the first, or NULL */
	size_t channel_count; /* may exceed CHANNELS_MAX */
	bool new_secret, jwt;
};

static void
add(const char *list[CHANNELS_MAX], size_t *count, const char *name)
{
	if (*count < CHANNELS_MAX)
		list[*count] = name;
	(*count)++;
}

/* False: help or version; the rest is ignored. */
static bool
take_option(void *arg, int value, const char *text)
{
	struct words *w = arg;

	switch (value) {
	case OPTION_URL:
		w->out->url = text;
		break;
	case OPTION_CHANNEL:
		add(w->out->channels, &w->channel_count, text);
		break;
	case OPTION_TTL:
		w->ttl = text;
		break;
	case OPTION_PUBLISH:
		w->out->right = ACCESS_PUBLISH;
		break;
	case OPTION_EXPLAIN:
		w->out->shown = text;
		break;
	case OPTION_JWT:
		w->jwt = true;
		break;
	case OPTION_SUBSCRIBE_TO:
		add(w->out->subscribe_to, &w->out->subscribe_to_count, text);
		break;
	case OPTION_PUBLISH_TO:
		add(w->out->publish_to, &w->out->publish_to_count, text);
		break;
	case OPTION_SECRET_FILE:
		w->out->secret_file = text;
		break;
	case OPTION_CONF:
		w->out->conf = text;
		break;
	case OPTION_NEW_SECRET:
		w->new_secret = true;
		break;
	case OPTION_HELP:
		w->out->job = PUSH_TOKEN_HELP;
		break;
	case OPTION_VERSION:
		w->out->job = PUSH_TOKEN_VERSION;
		break;
	default:
		break;
	}
	return w->out->job == PUSH_TOKEN_URL;
}

static void
take_operand(void *arg, const char *text)
{
	struct words *w = arg;

	if (w->operand == NULL)
		w->operand = text;
}

static const struct command_line line = {
    .options = long_options,
    .option = take_option,
    .operand = take_operand,
    .hint = "",
};

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
parse_ttl(struct words *w)
{
	const char *at = w->ttl, *end;
	uint64_t n, unit;

	if (w->ttl == NULL)
		return command_line_refuse(
		    w->error, "--ttl is missing: for how long is it valid?");
	end = at + strlen(at);
	if (!number_take(&n, &at, end, SIGNATURE_TTL_MAX) || n == 0 ||
	    (unit = unit_seconds(text_of(at))) == 0 ||
	    n > SIGNATURE_TTL_MAX / unit)
		return command_line_refuse(
		    w->error, "--ttl needs a time such as 90s, 10m, 8h or 7d, "
			      "of at most 10 years.");
	w->out->ttl = n * unit;
	return true;
}

static bool
parse_channels(struct words *w)
{
	if (w->channel_count == 0)
		return command_line_refuse(w->error, "--channel is missing.");
	if (w->channel_count > CHANNELS_MAX)
		return command_line_refuse(
		    w->error, "There are %zu channels; the maximum is %d.",
		    w->channel_count, CHANNELS_MAX);
	if (w->out->right == ACCESS_PUBLISH && w->channel_count > 1)
		return command_line_refuse(
		    w->error,
		    "A message has one channel: sign a URL for each.");
	w->out->channel_count = w->channel_count;
	for (size_t i = 0; i < w->channel_count; i++) {
		const char *fault = channel_fault(text_of(w->out->channels[i]));

		if (fault != NULL)
			return command_line_refuse(w->error, "%s", fault);
	}
	return true;
}

static bool
check_selectors(struct words *w, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct text name = text_of(names[i]);
		const char *fault = utf8_valid(name.bytes, name.len)
					? selector_fault(name)
					: "it is not UTF-8";

		if (fault != NULL)
			return command_line_refuse(
			    w->error, "%.60s matches no channel: %s.", names[i],
			    fault);
	}
	return true;
}

static bool
parse_jwt(struct words *w)
{
	struct push_token_options *o = w->out;
	size_t count = o->subscribe_to_count + o->publish_to_count;

	o->job = PUSH_TOKEN_JWT;
	if (o->url != NULL || w->channel_count > 0 ||
	    o->right != ACCESS_SUBSCRIBE)
		return command_line_refuse(
		    w->error, "--jwt takes --subscribe-to and --publish-to, "
			      "not --url, --channel or --publish.");
	if (count == 0)
		return command_line_refuse(
		    w->error, "--subscribe-to and --publish-to are missing.");
	if (count > CHANNELS_MAX)
		return command_line_refuse(
		    w->error, "There are %zu channels; the maximum is %d.",
		    count, CHANNELS_MAX);
	return check_selectors(w, o->subscribe_to, o->subscribe_to_count) &&
	       check_selectors(w, o->publish_to, o->publish_to_count);
}

/* --explain: its operand is the channel. */
static bool
parse_explain(struct words *w)
{
	struct push_token_options *o = w->out;
	const char *fault;

	o->job = PUSH_TOKEN_EXPLAIN;
	if (o->url != NULL || w->channel_count > 0 || w->ttl != NULL ||
	    o->secret_file != NULL || w->new_secret || w->jwt ||
	    o->subscribe_to_count + o->publish_to_count > 0)
		return command_line_refuse(w->error,
					   "--explain can be combined with "
					   "--publish and --conf only.");
	if (w->operand == NULL)
		return command_line_refuse(w->error,
					   "The channel is missing: --explain "
					   "REQUEST-OR-TOKEN CHANNEL.");
	fault = channel_fault(text_of(w->operand));
	if (fault != NULL)
		return command_line_refuse(w->error, "%s", fault);
	o->channels[0] = w->operand;
	o->channel_count = 1;
	return true;
}

/* --new-secret: nothing else is given. */
static bool
parse_alone(struct words *w)
{
	const struct push_token_options *o = w->out;

	if (o->url != NULL || w->channel_count > 0 || w->ttl != NULL ||
	    o->right != ACCESS_SUBSCRIBE || o->secret_file != NULL ||
	    o->conf != NULL || w->jwt || o->subscribe_to_count > 0 ||
	    o->publish_to_count > 0)
		return command_line_refuse(
		    w->error,
		    "--new-secret cannot be combined with other options.");
	w->out->job = PUSH_TOKEN_NEW_SECRET;
	return true;
}

bool
push_token_parse(struct push_token_options *out, int argc, char **argv,
		 char error[COMMAND_LINE_ERROR_SIZE])
{
	struct words w = {.out = out, .error = error};

	*out = (struct push_token_options){.right = ACCESS_SUBSCRIBE};
	if (!command_line_parse(&line, &w, argc, argv, error))
		return false;
	if (out->job != PUSH_TOKEN_URL)
		return true;
	if (out->shown != NULL)
		return parse_explain(&w);
	if (w.operand != NULL)
		return command_line_refuse(error,
					   "Unexpected argument %.60s: each is "
					   "the value of an option.",
					   w.operand);
	if (w.new_secret)
		return parse_alone(&w);
	if (!w.jwt && out->subscribe_to_count + out->publish_to_count > 0)
		return command_line_refuse(
		    error, "--subscribe-to and --publish-to are for --jwt.");
	if (!(w.jwt ? parse_jwt(&w) : parse_channels(&w)) || !parse_ttl(&w))
		return false;
	if (out->secret_file != NULL && out->conf != NULL)
		return command_line_refuse(
		    error, "--secret-file cannot be combined with --conf.");
	return true;
}
