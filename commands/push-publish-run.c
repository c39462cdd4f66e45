/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-publish-run.h"

#include <errno.h>
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "shared/model/publication.h"
#include "shared/model/rules.h"

bool
push_publish_open(struct push_publish *c, const struct bus_handler *handler,
		  void *arg)
{
	signal(SIGPIPE, SIG_IGN); /* report the failed write instead */
	c->loop = ev_default_loop(EVFLAG_AUTO);
	if (c->loop != NULL)
		c->bus = bus_open(c->loop, &c->conf, handler, arg);
	if (c->bus == NULL)
		push_publish_stop(c, PUSH_PUBLISH_NOT_STORED,
				  "The event loop cannot be opened.");
	return c->bus != NULL;
}

void
push_publish_loop(struct push_publish *c)
{
	if (!c->stopped)
		ev_run(c->loop, 0);
}

enum push_publish_exit
push_publish_close(struct push_publish *c)
{
	bus_close(c->bus);
	c->bus = NULL;
	if (c->loop != NULL)
		ev_loop_destroy(c->loop);
	c->loop = NULL;
	return c->status;
}

void
push_publish_stop(struct push_publish *c, enum push_publish_exit status,
		  const char *reason)
{
	c->status = status;
	c->stopped = true;
	if (reason != NULL)
		fprintf(stderr, "push-publish: %s\n", reason);
	if (c->loop != NULL)
		ev_break(c->loop, EVBREAK_ALL);
}

void
push_publish_redis_away(struct push_publish *c)
{
	char reason[512];

	snprintf(reason, sizeof(reason), "Redis cannot be reached: %s.",
		 bus_fault(c->bus));
	push_publish_stop(c, PUSH_PUBLISH_NOT_STORED, reason);
}

/* False: standard output takes no more. */
static bool
put_ids(const struct id *ids, size_t count)
{
	char text[ID_TEXT_SIZE];

	for (size_t i = 0; i < count; i++) {
		id_format(text, ids[i]);
		if (puts(text) == EOF)
			return false;
	}
	return fflush(stdout) != EOF;
}

void
push_publish_print_ids(struct push_publish *c, const struct id *ids,
		       size_t count)
{
	if (c->output_failed || put_ids(ids, count))
		return;
	c->output_failed = true;
	fprintf(stderr,
		"push-publish: The message is stored, but its id cannot be "
		"printed: %s.\n",
		strerror(errno));
}

void
push_publish_print_id(struct push_publish *c, struct id id)
{
	push_publish_print_ids(c, &id, 1);
}

const char *
push_publish_data_fault(const struct push_publish *c, struct text data)
{
	static struct problem p;

	if (data.len <= c->conf.message_max_bytes)
		return data_fault(data);
	publication_too_large(c->conf.message_max_bytes, &p);
	return p.detail;
}
