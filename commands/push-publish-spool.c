/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-publish-spool.h"

#include <stdio.h>
#include <stdlib.h>

#include "commands/push-publish-data.h"
#include "shared/base/buf.h"
#include "shared/base/xalloc.h"
#include "shared/spool/spool.h"

struct spool_job {
	struct push_publish *command;
	struct spool spool;
	bool published; /* the result is known */
};

/* False: the command is stopped. */
static bool
open_spool(struct spool_job *job, const struct bus_handler *handler)
{
	struct push_publish *c = job->command;
	struct spool *s = &job->spool;

	if (!spool_open(s, &c->conf, c->options.spool)) {
		push_publish_stop(c, PUSH_PUBLISH_NOT_STORED, s->folder.error);
		return false;
	}
	s->arg = job;
	if (!push_publish_open(c, handler, job))
		return false;
	s->bus = c->bus;
	return true;
}

static enum push_publish_exit
close_spool(struct spool_job *job)
{
	push_publish_close(job->command);
	spool_close(&job->spool);
	return job->command->status;
}

/* --- one message ---------------------------------------------------------- */

/* Ends when the result is known and nothing is being sent. */
static void
end_when_idle(struct spool_job *job)
{
	struct push_publish *c = job->command;

	if (job->published && !spool_is_sending(&job->spool))
		push_publish_stop(c, c->status, NULL);
}

static void
published(void *arg, const struct publish_result *result)
{
	struct spool_job *job = arg;
	struct push_publish *c = job->command;

	if (c->stopped)
		return;
	job->published = true;
	switch (result->status) {
	case PUBLISHED_STORED:
	case PUBLISHED_SEEN:
		push_publish_print_id(c, result->id);
		c->status = PUSH_PUBLISH_STORED;
		break;
	case PUBLISHED_SPOOLED:
		c->status = PUSH_PUBLISH_SPOOLED;
		fputs("push-publish: The message is kept in the spool.\n",
		      stderr);
		break;
	case PUBLISHED_NOT_STORED:
		push_publish_stop(c, PUSH_PUBLISH_NOT_STORED, result->reason);
		break;
	case PUBLISHED_UNKNOWN:
		push_publish_stop(c, PUSH_PUBLISH_UNKNOWN, result->reason);
		break;
	}
	end_when_idle(job);
}

static void
sent(void *arg, enum spool_flush_end end)
{
	(void)end;
	end_when_idle(arg);
}

enum push_publish_exit
push_publish_spool(struct push_publish *c)
{
	struct spool_job *job = xcalloc(1, sizeof(*job));
	struct buf text;

	job->command = c;
	buf_init(&text, SIZE_MAX / 2);
	if (push_publish_read_data(c, &text) && open_spool(job, NULL)) {
		struct publication publication =
		    push_publish_publication(c, &text);

		job->spool.flushed = sent;
		spool_publish(&job->spool, &publication, published, job);
		push_publish_loop(c);
	}
	close_spool(job);
	free(job);
	buf_free(&text);
	return c->status;
}

/* --- all that is there ---------------------------------------------------- */

static void
report_rest(struct spool_job *job)
{
	struct spool_entries left = {NULL, 0, 0};

	if (spool_folder_list(&job->spool.folder, &left))
		fprintf(stderr,
			"push-publish: %zu messages remain in the spool: %s\n",
			left.count, job->spool.flush.reason);
	free(left.at);
}

static void
flushed(void *arg, enum spool_flush_end end)
{
	struct spool_job *job = arg;
	struct push_publish *c = job->command;

	switch (end) {
	case SPOOL_FLUSH_EMPTY:
		/* set aside: the log has told why */
		push_publish_stop(c,
				  job->spool.flush.aside_count > 0
				      ? PUSH_PUBLISH_NOT_STORED
				      : PUSH_PUBLISH_STORED,
				  NULL);
		return;
	case SPOOL_FLUSH_STOPPED:
		report_rest(job);
		push_publish_stop(c, PUSH_PUBLISH_SPOOLED, NULL);
		return;
	case SPOOL_FLUSH_ELSEWHERE:
		push_publish_stop(c, PUSH_PUBLISH_SPOOLED,
				  "Another process sends the messages.");
		return;
	}
}

enum push_publish_exit
push_publish_flush(struct push_publish *c)
{
	struct spool_job *job = xcalloc(1, sizeof(*job));

	job->command = c;
	if (open_spool(job, NULL)) {
		job->spool.flushed = flushed;
		spool_send(&job->spool);
		push_publish_loop(c);
	}
	close_spool(job);
	free(job);
	return c->status;
}
