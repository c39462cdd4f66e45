/* SPDX-License-Identifier: MIT */
/*
 * push-publish-options.h - the command line of push-publish.
 *
 *	push-publish CHANNEL DATA
 *	push-publish CHANNEL < file
 *	tail -F log | push-publish --lines CHANNEL
 *	push-publish --cursor CHANNEL...
 *
 * It is run inside CGI and FastCGI scripts, so it looks at no CGI variable,
 * and its standard input is never a listening socket.
 *
 * Manual: push-publish(1)
 */
#ifndef COMMANDS_PUSH_PUBLISH_OPTIONS_H
#define COMMANDS_PUSH_PUBLISH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/model/rules.h"

/* The exit statuses. */
enum push_publish_exit {
	PUSH_PUBLISH_STORED = 0, /* also: the cursor was printed */
	PUSH_PUBLISH_NOT_STORED = 1,
	PUSH_PUBLISH_USAGE = 2,
	PUSH_PUBLISH_SPOOLED = 3, /* reserved: there is no spool yet */
	PUSH_PUBLISH_UNKNOWN = 4
};

enum push_publish_job {
	PUSH_PUBLISH_DATA,  /* one message, from the command line */
	PUSH_PUBLISH_INPUT, /* one message, all of standard input */
	PUSH_PUBLISH_LINES, /* a message for each line of standard input */
	PUSH_PUBLISH_CURSOR,
	PUSH_PUBLISH_HELP,
	PUSH_PUBLISH_VERSION
};

/* Texts are borrowed from argv. */
struct push_publish_options {
	enum push_publish_job job;
	const char *channels[CHANNELS_MAX];
	size_t channel_count; /* 1, but for CURSOR 1-32, HELP and VERSION 0 */
	const char *data;     /* DATA only, else NULL */
	const char *event;    /* "" for none */
	const char *key;      /* or NULL */
	const char *conf;     /* or NULL */
};

enum { PUSH_PUBLISH_ERROR_SIZE = 256 };

/*
 * Reads the command line. False: it is none of ours, and `error` holds a
 * sentence, without control characters. Whether channels, event and key obey
 * the rules of message.h is not asked here.
 */
bool push_publish_parse(struct push_publish_options *out, int argc, char **argv,
			char error[PUSH_PUBLISH_ERROR_SIZE]) MUST_USE;

/* Says why a channel, the event or the key is refused, in a sentence, or NULL
 * when all are good. Static. */
const char *push_publish_fault(const struct push_publish_options *o) MUST_USE;

/* The length of standard input as a message: one newline at its end, which
 * shell tools add, is not part of it. */
size_t push_publish_chomp(const char *text, size_t len);

/* What --help prints, and what is said after a sentence about usage. */
extern const char push_publish_help[];
extern const char push_publish_hint[];

#endif
