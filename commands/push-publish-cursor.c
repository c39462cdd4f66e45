/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-publish-cursor.h"

#include <errno.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/bus/tip.h"
#include "shared/conf/conf_print.h"
#include "shared/model/cursor.h"

enum { CURSOR_TEXT_MAX = 64 * 1024 };

struct cursor_job {
	struct push_publish *command;
	struct cursor_part parts[CHANNELS_MAX];
	size_t count; /* of tips that are known */
};

static void ask_tip(struct cursor_job *job);

static void
no_answer(struct push_publish *c)
{
	char reason[CONF_REDIS_REASON];

	conf_say_redis(reason, &c->conf, "Redis (", ") did not answer.");
	push_publish_stop(c, PUSH_PUBLISH_NOT_STORED, reason);
}

static void
tip_received(void *arg, enum bus_status status, const struct tip *tip)
{
	struct cursor_job *job = arg;

	if (status != BUS_OK) {
		no_answer(job->command);
		return;
	}
	job->parts[job->count++].id = tip->last;
	ask_tip(job);
}

static void
print_cursor(struct cursor_job *job)
{
	struct buf out;

	buf_init(&out, CURSOR_TEXT_MAX);
	cursor_put(&out, job->parts, job->count);
	buf_putc(&out, '\n');
	if (!buf_ok(&out) || fwrite(out.bytes, 1, out.len, stdout) != out.len ||
	    fflush(stdout) == EOF)
		push_publish_stop(job->command, PUSH_PUBLISH_NOT_STORED,
				  strerror(errno));
	else
		push_publish_stop(job->command, PUSH_PUBLISH_STORED, NULL);
	buf_free(&out);
}

/* Reads the tips one by one. */
static void
ask_tip(struct cursor_job *job)
{
	struct push_publish *c = job->command;
	const char *channel = c->options.channels[job->count];

	if (job->count == c->options.channel_count) {
		print_cursor(job);
		return;
	}
	job->parts[job->count].tag = cursor_tag(text_of(channel));
	if (bus_tip(c->bus, channel, tip_received, job) == NULL)
		push_publish_redis_away(c);
}

static void
up(void *arg)
{
	ask_tip(arg);
}

static void
down(void *arg)
{
	struct cursor_job *job = arg;

	push_publish_redis_away(job->command);
}

static const struct bus_handler handler = {.up = up, .down = down};

enum push_publish_exit
push_publish_cursor(struct push_publish *c)
{
	struct cursor_job job = {.command = c};

	if (push_publish_open(c, &handler, &job))
		push_publish_loop(c);
	return push_publish_close(c);
}
