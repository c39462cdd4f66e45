/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-publish-message.h"

#include "commands/push-publish-data.h"
#include "commands/push-publish-retry.h"
#include "shared/base/buf.h"
#include "shared/bus/publish.h"
#include "shared/model/random_key.h"

struct message_job {
	struct push_publish *command;
	struct publication publication;
	char key[RANDOM_KEY_SIZE];
	struct push_publish_retry retry;
};

/* --- publishing ----------------------------------------------------------- */

static void
published(void *arg, const struct publish_result *result)
{
	struct message_job *job = arg;
	struct push_publish *c = job->command;

	switch (result->status) {
	case PUBLISHED_STORED:
	case PUBLISHED_SEEN:
		push_publish_print_id(c, result->id);
		push_publish_stop(c, PUSH_PUBLISH_STORED, NULL);
		return;
	case PUBLISHED_NOT_STORED:
	case PUBLISHED_SPOOLED:
	case PUBLISHED_UNKNOWN:
		if (!push_publish_retry_later(&job->retry, result))
			push_publish_stop(
			    c, push_publish_retry_status(&job->retry),
			    result->reason);
		return;
	}
}

static void
publish(void *arg)
{
	struct message_job *job = arg;

	bus_publish(job->command->bus, &job->publication, published, job);
}

static void
start(struct message_job *job, const struct buf *text)
{
	const struct push_publish_options *o = &job->command->options;

	job->publication = push_publish_publication(job->command, text);
	if (o->key == NULL && o->retry > 0.) {
		random_key(job->key);
		job->publication.key = text_of(job->key);
	}
	job->retry = (struct push_publish_retry){.command = job->command,
						 .fn = publish,
						 .arg = job,
						 .limit = o->retry};
	push_publish_retry_init(&job->retry);
	push_publish_retry_begin(&job->retry);
	publish(job);
}

/* --- the mode ------------------------------------------------------------- */

enum push_publish_exit
push_publish_message(struct push_publish *c)
{
	struct message_job job = {.command = c};
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	if (push_publish_read_data(c, &text) &&
	    push_publish_open(c, &push_publish_retry_handler, &job.retry)) {
		start(&job, &text);
		push_publish_loop(c);
	}
	push_publish_close(c);
	buf_free(&text);
	return c->status;
}
