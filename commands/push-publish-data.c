/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-publish-data.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/buf.h"

enum { READ_SIZE = 64 * 1024 };

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

bool
push_publish_read_data(struct push_publish *c, struct buf *text)
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

struct publication
push_publish_publication(const struct push_publish *c, const struct buf *text)
{
	const struct push_publish_options *o = &c->options;
	struct publication publication = {
	    .channel = text_of(o->channels[0]),
	    .event = text_of(o->event),
	    .data = {text->len > 0 ? text->bytes : "", text->len},
	};

	if (o->key != NULL)
		publication.key = text_of(o->key);
	return publication;
}
