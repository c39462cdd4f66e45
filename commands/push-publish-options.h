/* SPDX-License-Identifier: MIT */
/*
 * push-publish-options.h - the command line of push-publish.
 *
 *	push-publish CHANNEL DATA
 *	push-publish CHANNEL < file
 *	tail -F log | push-publish --lines CHANNEL
 *	push-publish --cursor CHANNEL...
 *	push-publish --who CHANNEL
 *	push-publish --flush DIR
 *	push-publish --health
 *
 * CGI and FastCGI scripts run this command, so it ignores CGI variables, and
 * never treats its standard input as a listening socket.
 *
 * Manual: push-publish(1)
 */
#ifndef COMMANDS_PUSH_PUBLISH_OPTIONS_H
#define COMMANDS_PUSH_PUBLISH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "commands/command-line.h"
#include "shared/base/attributes.h"
#include "shared/model/rules.h"

/* The exit statuses. */
enum push_publish_exit {
	PUSH_PUBLISH_STORED = 0, /* also: the mode did what it should */
	PUSH_PUBLISH_NOT_STORED = 1,
	PUSH_PUBLISH_USAGE = 2,
	PUSH_PUBLISH_SPOOLED = 3,
	PUSH_PUBLISH_UNKNOWN = 4
};

enum push_publish_job {
	PUSH_PUBLISH_DATA,  /* one message, from the command line */
	PUSH_PUBLISH_INPUT, /* one message, all of standard input */
	PUSH_PUBLISH_LINES, /* one message per line of standard input */
	PUSH_PUBLISH_CURSOR,
	PUSH_PUBLISH_WHO,
	PUSH_PUBLISH_FLUSH, /* what is in a spool */
	PUSH_PUBLISH_HEALTH,
	PUSH_PUBLISH_HELP,
	PUSH_PUBLISH_VERSION
};

/* Strings are borrowed from argv. */
struct push_publish_options {
	enum push_publish_job job;
	const char *channels[CHANNELS_MAX];
	size_t channel_count; /* CURSOR: 1-32; FLUSH,
			       * HEALTH, HELP, VERSION: 0;
			       * else 1 */
	const char *data;     /* DATA only, else NULL */
	const char *event;    /* "" for none */
	const char *key;      /* or NULL */
	const char *conf;     /* or NULL */
	const char *spool;    /* FLUSH: the folder; DATA, INPUT: or NULL */
	bool strict;	      /* LINES: a line that is not UTF-8 is refused */
	double retry; /* s that attempts are repeated; INFINITY: no limit */
};

enum { PUSH_PUBLISH_RETRY_MAX = 31536000 /* s */ };

/*
 * Parses the command line. False: invalid, and `error` is a sentence without
 * control characters. The rules for channels, event and key (rules.h) are
 * checked by push_publish_fault().
 */
bool push_publish_parse(struct push_publish_options *out, int argc, char **argv,
			char error[COMMAND_LINE_ERROR_SIZE]) MUST_USE;

/* NULL when channels, event and key are valid, or else a sentence that names
 * the broken rule. Static. */
const char *push_publish_fault(const struct push_publish_options *o) MUST_USE;

/* The length without one newline at the end, which shell tools add. */
size_t push_publish_chomp(const char *text, size_t len);

/* The output of --help, and a hint to append to a usage error. */
extern const char push_publish_help[];
extern const char push_publish_hint[];

#endif
