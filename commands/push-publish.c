/* SPDX-License-Identifier: MIT */
/*
 * push-publish.c - publishes messages from a shell or a script.
 *
 * Manual: push-publish(1)
 */
#include "config.h"

#include <stdio.h>

#include "commands/push-publish-cursor.h"
#include "commands/push-publish-health.h"
#include "commands/push-publish-lines.h"
#include "commands/push-publish-message.h"
#include "commands/push-publish-options.h"
#include "commands/push-publish-run.h"
#include "commands/push-publish-spool.h"
#include "commands/push-publish-who.h"
#include "shared/base/descriptors.h"
#include "shared/base/log.h"
#include "shared/conf/conf_load.h"

static enum push_publish_exit
run(struct push_publish *c)
{
	switch (c->options.job) {
	case PUSH_PUBLISH_DATA:
	case PUSH_PUBLISH_INPUT:
		if (c->options.spool != NULL)
			return push_publish_spool(c);
		return push_publish_message(c);
	case PUSH_PUBLISH_LINES:
		return push_publish_lines(c);
	case PUSH_PUBLISH_FLUSH:
		return push_publish_flush(c);
	case PUSH_PUBLISH_HEALTH:
		return push_publish_health(c);
	case PUSH_PUBLISH_CURSOR:
		return push_publish_cursor(c);
	case PUSH_PUBLISH_WHO:
		return push_publish_who(c);
	case PUSH_PUBLISH_HELP:
		fputs(push_publish_help, stdout);
		break;
	case PUSH_PUBLISH_VERSION:
		puts("push-publish (pushcgi) " PACKAGE_VERSION);
		break;
	}
	return PUSH_PUBLISH_STORED;
}

static bool
needs_settings(const struct push_publish_options *o)
{
	return o->job != PUSH_PUBLISH_HELP && o->job != PUSH_PUBLISH_VERSION;
}

int
main(int argc, char **argv)
{
	static struct push_publish c;
	char error[COMMAND_LINE_ERROR_SIZE], conf_error[CONF_ERROR_SIZE];
	const char *fault = NULL;

	descriptors_fill_standard();
	if (!push_publish_parse(&c.options, argc, argv, error)) {
		fprintf(stderr, "push-publish: %s %s\n", error,
			push_publish_hint);
		return PUSH_PUBLISH_USAGE;
	}
	if (needs_settings(&c.options)) {
		fault = push_publish_fault(&c.options);
		if (fault == NULL &&
		    !conf_load(&c.conf, c.options.conf, conf_error))
			fault = conf_error;
	}
	if (fault != NULL) {
		fprintf(stderr, "push-publish: %s\n", fault);
		return PUSH_PUBLISH_NOT_STORED;
	}
	/* log errors only: a failure is reported once, as the reason */
	log_open("push-publish", LOG_LEVEL_ERROR, LOG_TO_STDERR);
	log_find_prefix(LOG_TIME_NO, false);
	return run(&c);
}
