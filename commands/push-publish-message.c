/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-publish-message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/bus/publish.h"

enum { READ_SIZE = 64 * 1024 };

struct message_job {
	struct push_publish *command;
	struct publication publication;
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
		push_publish_stop(c, PUSH_PUBLISH_NOT_STORED, result->reason);
		return;
	case PUBLISHED_UNKNOWN:
		push_publish_stop(c, PUSH_PUBLISH_UNKNOWN, result->reason);
		return;
	}
}

/* --- the data ------------------------------------------------------------- */

/* Reads standard input until its end, or until it is too long for a message.
 * False: `errno` says why. */
static bool
read_input(struct buf *text, size_t max)
{
	ssize_t n = 1;

	while (n != 0 && text->len <= max) {
		char *room = buf_extend(text, READ_SIZE);

		do
			n = read(STDIN_FILENO, room, READ_SIZE);
		while (n < 0 && errno == EINTR);
		text->len -= READ_SIZE - (n > 0 ? (size_t)n : 0);
		if (n < 0)
			return false;
	}
	text->len = push_publish_chomp(text->bytes, text->len);
	return true;
}

/* False: the command is stopped. */
static bool
read_data(struct push_publish *c, struct buf *text)
{
	const char *fault = NULL;

	if (c->options.job == PUSH_PUBLISH_DATA)
		buf_puts(text, c->options.data);
	else if (!read_input(text, (size_t)c->conf.message_max_bytes + 1))
		fault = strerror(errno);
	if (fault == NULL)
		fault = push_publish_data_fault(
		    c, (struct text){text->bytes, text->len});
	if (fault != NULL)
		push_publish_stop(c, PUSH_PUBLISH_NOT_STORED, fault);
	return fault == NULL;
}

enum push_publish_exit
push_publish_message(struct push_publish *c)
{
	const struct push_publish_options *o = &c->options;
	struct message_job job = {.command = c};
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	if (read_data(c, &text) && push_publish_open(c, NULL, NULL)) {
		job.publication = (struct publication){
		    .channel = text_of(o->channels[0]),
		    .event = text_of(o->event),
		    .data = {text.len > 0 ? text.bytes : "", text.len},
		    .key = {o->key, o->key != NULL ? strlen(o->key) : 0},
		};
		bus_publish(c->bus, &job.publication, published, &job);
		push_publish_loop(c);
	}
	push_publish_close(c);
	buf_free(&text);
	return c->status;
}
