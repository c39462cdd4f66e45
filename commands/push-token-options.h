/* SPDX-License-Identifier: MIT */
/*
 * push-token-options.h - the command line of push-token.
 *
 *	push-token --url URL --channel CHANNEL... --ttl TIME [--publish]
 *	push-token --jwt --subscribe-to NAME... --publish-to NAME... --ttl TIME
 *	push-token --explain REQUEST-OR-TOKEN CHANNEL [--publish]
 *	push-token --new-secret
 *
 * Manual: push-token(1)
 */
#ifndef COMMANDS_PUSH_TOKEN_OPTIONS_H
#define COMMANDS_PUSH_TOKEN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "commands/command-line.h"
#include "shared/access/right.h"
#include "shared/base/attributes.h"
#include "shared/model/rules.h"

/* The exit statuses. */
enum push_token_exit {
	PUSH_TOKEN_PRINTED = 0,
	PUSH_TOKEN_FAILED = 1,
	PUSH_TOKEN_USAGE = 2
};

enum push_token_job {
	PUSH_TOKEN_URL,
	PUSH_TOKEN_JWT,
	PUSH_TOKEN_EXPLAIN,
	PUSH_TOKEN_NEW_SECRET,
	PUSH_TOKEN_HELP,
	PUSH_TOKEN_VERSION
};

/* Strings are borrowed from argv. Those of another job are NULL or 0. */
struct push_token_options {
	enum push_token_job job;
	const char *url; /* or NULL: only its parameters are wanted */
	const char *channels[CHANNELS_MAX];
	size_t channel_count; /* 1-32; EXPLAIN: 1 */
	const char *shown;    /* EXPLAIN: "-" stands for standard input */
	/* JWT: channels, or selectors (shared/access/selector.h) */
	const char *subscribe_to[CHANNELS_MAX], *publish_to[CHANNELS_MAX];
	size_t subscribe_to_count, publish_to_count; /* 1-32 in all */
	uint64_t ttl;				     /* s */
	enum access_right right;
	const char *secret_file; /* or NULL: the settings say */
	const char *conf;	 /* or NULL */
};

/*
 * Parses the command line. False: invalid, and `error` is a sentence without
 * control characters. The channels are checked, the URL is not: see
 * push_token_url_fault().
 */
bool push_token_parse(struct push_token_options *out, int argc, char **argv,
		      char error[COMMAND_LINE_ERROR_SIZE]) MUST_USE;

/* The output of --help, and a hint to append to a usage error. */
extern const char push_token_help[];
extern const char push_token_hint[];

#endif
