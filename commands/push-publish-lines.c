/* SPDX-License-Identifier: MIT */
/*
 * It waits for the result of a line before it publishes the next, so lines are
 * stored in their order.
 */
#include "config.h"

#include "commands/push-publish-lines.h"

#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/bus/publish.h"

enum { READ_SIZE = 64 * 1024 };

struct lines {
	struct push_publish *command;
	struct ev_io input;
	struct buf text;    /* input that is not yet stored */
	size_t message_len; /* the message being published: the start of text */
	size_t line_len;    /* the same with its line break */
	bool input_ended;
	bool publishing;
	double first_failure; /* ev_now() of the first failed try; 0: none */
	unsigned long number; /* of the line being published */
};

static void publish(struct lines *l);
static void next_line(struct lines *l);

static void
stop(struct lines *l, enum push_publish_exit status, const char *reason)
{
	char line[512];

	snprintf(line, sizeof(line), "line %lu: %s", l->number, reason);
	push_publish_stop(l->command, status, line);
}

/* --- publishing ----------------------------------------------------------- */

/* Lines are retried for bus.timeout while Redis is down: a restart of Redis
 * must not end `tail -F log | push-publish --lines`. */
static bool
should_retry(struct lines *l, const struct publish_result *result)
{
	double now = ev_now(l->command->loop);

	if (!result->down)
		return false;
	if (l->first_failure == 0.)
		l->first_failure = now;
	return now - l->first_failure < l->command->conf.bus_timeout;
}

static void
published(void *arg, const struct publish_result *result)
{
	struct lines *l = arg;

	l->publishing = false;
	switch (result->status) {
	case PUBLISHED_STORED:
	case PUBLISHED_SEEN:
		push_publish_print_id(l->command, result->id);
		l->first_failure = 0.;
		buf_consume(&l->text, l->line_len);
		next_line(l);
		return;
	case PUBLISHED_NOT_STORED:
		if (should_retry(l, result))
			publish(l);
		else
			stop(l, PUSH_PUBLISH_NOT_STORED, result->reason);
		return;
	case PUBLISHED_UNKNOWN:
		stop(l, PUSH_PUBLISH_UNKNOWN, result->reason);
		return;
	}
}

static void
publish(struct lines *l)
{
	const struct push_publish_options *o = &l->command->options;
	struct publication publication = {
	    .channel = text_of(o->channels[0]),
	    .event = text_of(o->event),
	    .data = {l->message_len > 0 ? l->text.bytes : "", l->message_len},
	};

	l->publishing = true;
	bus_publish(l->command->bus, &publication, published, l);
}

/* Publishes the first `len` bytes of the text unless they break a rule. */
static void
publish_text(struct lines *l, size_t len, size_t line_len)
{
	const char *fault = push_publish_data_fault(
	    l->command, (struct text){l->text.bytes, len});

	if (fault != NULL) {
		stop(l, PUSH_PUBLISH_NOT_STORED, fault);
		return;
	}
	l->message_len = len;
	l->line_len = line_len;
	publish(l);
}

/* --- standard input ------------------------------------------------------- */

static void
next_line(struct lines *l)
{
	const char *text = l->text.bytes, *end = NULL;

	if (l->publishing)
		return;
	if (l->text.len > 0)
		end = memchr(text, '\n', l->text.len);
	if (end == NULL && !l->input_ended &&
	    l->text.len <= l->command->conf.message_max_bytes) {
		ev_io_start(l->command->loop, &l->input);
		return;
	}
	if (l->text.len == 0) {
		push_publish_stop(l->command, PUSH_PUBLISH_STORED, NULL);
		return;
	}
	l->number++;
	if (end != NULL)
		publish_text(l, (size_t)(end - text), (size_t)(end - text) + 1);
	else
		publish_text(l, l->text.len, l->text.len);
}

static void
readable(struct ev_loop *loop, ev_io *input, int revents)
{
	struct lines *l = input->data;
	char *room = buf_extend(&l->text, READ_SIZE); /* not NULL: no max */
	ssize_t n;

	(void)revents;
	n = read(STDIN_FILENO, room, READ_SIZE);
	l->text.len -= READ_SIZE - (n > 0 ? (size_t)n : 0);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0) {
		stop(l, PUSH_PUBLISH_NOT_STORED, strerror(errno));
		return;
	}
	l->input_ended = n == 0;
	ev_io_stop(loop, input); /* until all are published */
	next_line(l);
}

enum push_publish_exit
push_publish_lines(struct push_publish *c)
{
	struct lines l = {.command = c};

	buf_init(&l.text, SIZE_MAX / 2);
	if (push_publish_open(c, NULL, NULL)) {
		ev_io_init(&l.input, readable, STDIN_FILENO, EV_READ);
		l.input.data = &l;
		ev_io_start(c->loop, &l.input);
		push_publish_loop(c);
	}
	push_publish_close(c);
	buf_free(&l.text);
	return c->status;
}
