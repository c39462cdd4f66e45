/* SPDX-License-Identifier: MIT */
/*
 * push-publish.c - publishes a message, or each line of standard input, and
 * prints the ids.
 *
 * It waits for the result of a message before it publishes the next, so lines
 * are stored in their order.
 *
 * Manual: push-publish(1)
 */
#include "config.h"

#include <errno.h>
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/push-publish-options.h"
#include "shared/base/buf.h"
#include "shared/base/descriptors.h"
#include "shared/base/log.h"
#include "shared/bus/bus.h"
#include "shared/bus/history.h"
#include "shared/bus/publish.h"
#include "shared/conf/conf_load.h"
#include "shared/model/cursor.h"

enum { READ_SIZE = 64 * 1024 };

struct push_publish {
	struct push_publish_options options;
	struct conf conf;
	struct ev_loop *loop;
	struct bus *bus;
	struct ev_io input;
	struct buf text;    /* input that is not yet stored */
	size_t message_len; /* the message being published: the start of text */
	size_t line_len;    /* the same with its line break */
	bool input_ended;
	bool publishing;
	double first_failure; /* ev_now() of the first failed try; 0: none */
	unsigned long line;   /* number of the line being published */
	struct cursor_part parts[CHANNELS_MAX];
	size_t part_count;
	enum push_publish_exit status;
	bool stopped;
	bool output_failed; /* standard output cannot be written */
};

static void
stop(struct push_publish *c, enum push_publish_exit status, const char *reason)
{
	c->status = status;
	c->stopped = true;
	if (reason != NULL && c->options.job == PUSH_PUBLISH_LINES)
		fprintf(stderr, "push-publish: line %lu: %s\n", c->line,
			reason);
	else if (reason != NULL)
		fprintf(stderr, "push-publish: %s\n", reason);
	ev_break(c->loop, EVBREAK_ALL);
}

/* --- publishing ----------------------------------------------------------- */

static void publish(struct push_publish *c);
static void next_line(struct push_publish *c);

/* Lines are retried for bus.timeout while Redis is down: a restart of Redis
 * must not end `tail -F log | push-publish --lines`. */
static bool
should_retry(struct push_publish *c, const struct publish_result *result)
{
	double now = ev_now(c->loop);

	if (c->options.job != PUSH_PUBLISH_LINES || !result->down)
		return false;
	if (c->first_failure == 0.)
		c->first_failure = now;
	return now - c->first_failure < c->conf.bus_timeout;
}

/* If the id cannot be printed the message is stored all the same. That is no
 * failure, or a script would retry and store it twice. */
static void
print_id(struct push_publish *c, struct id id)
{
	char text[ID_TEXT_SIZE];

	if (c->output_failed)
		return;
	id_format(text, id);
	if (puts(text) != EOF && fflush(stdout) != EOF)
		return;
	c->output_failed = true;
	fprintf(stderr,
		"push-publish: The message is stored, but its id cannot be "
		"printed: %s.\n",
		strerror(errno));
}

static void
published(void *arg, const struct publish_result *result)
{
	struct push_publish *c = arg;

	c->publishing = false;
	switch (result->status) {
	case PUBLISHED_STORED:
	case PUBLISHED_SEEN:
		print_id(c, result->id);
		c->first_failure = 0.;
		if (c->options.job != PUSH_PUBLISH_LINES) {
			stop(c, PUSH_PUBLISH_STORED, NULL);
			return;
		}
		buf_consume(&c->text, c->line_len);
		next_line(c);
		return;
	case PUBLISHED_NOT_STORED:
		if (should_retry(c, result))
			publish(c);
		else
			stop(c, PUSH_PUBLISH_NOT_STORED, result->reason);
		return;
	case PUBLISHED_UNKNOWN:
		stop(c, PUSH_PUBLISH_UNKNOWN, result->reason);
		return;
	}
}

static void
publish(struct push_publish *c)
{
	const struct push_publish_options *o = &c->options;
	struct publication publication = {
	    .channel = text_of(o->channels[0]),
	    .event = text_of(o->event),
	    .data = {c->message_len > 0 ? c->text.bytes : "", c->message_len},
	    .key = {o->key, o->key != NULL ? strlen(o->key) : 0},
	};

	c->publishing = true;
	bus_publish(c->bus, &publication, published, c);
}

/* Publishes the first `len` bytes of the text unless they break a rule. */
static void
publish_text(struct push_publish *c, size_t len, size_t line_len)
{
	const char *fault = data_fault((struct text){c->text.bytes, len});
	struct problem p;

	if (len > c->conf.message_max_bytes) {
		publication_too_large(c->conf.message_max_bytes, &p);
		fault = p.detail;
	}
	if (fault != NULL) {
		stop(c, PUSH_PUBLISH_NOT_STORED, fault);
		return;
	}
	c->message_len = len;
	c->line_len = line_len;
	publish(c);
}

/* --- standard input ------------------------------------------------------- */

static void
next_line(struct push_publish *c)
{
	const char *text = c->text.bytes, *end = NULL;

	if (c->publishing)
		return;
	if (c->text.len > 0)
		end = memchr(text, '\n', c->text.len);
	if (end == NULL && !c->input_ended &&
	    c->text.len <= c->conf.message_max_bytes) {
		ev_io_start(c->loop, &c->input);
		return;
	}
	if (c->text.len == 0) {
		stop(c, PUSH_PUBLISH_STORED, NULL);
		return;
	}
	c->line++;
	if (end != NULL)
		publish_text(c, (size_t)(end - text), (size_t)(end - text) + 1);
	else
		publish_text(c, c->text.len, c->text.len);
}

static void
input_received(struct push_publish *c)
{
	if (c->options.job == PUSH_PUBLISH_LINES) {
		ev_io_stop(c->loop, &c->input); /* until all are published */
		next_line(c);
	} else if (c->input_ended ||
		   c->text.len > (size_t)c->conf.message_max_bytes + 1) {
		ev_io_stop(c->loop, &c->input);
		publish_text(c, push_publish_chomp(c->text.bytes, c->text.len),
			     c->text.len);
	}
}

static void
readable(struct ev_loop *loop, ev_io *input, int revents)
{
	struct push_publish *c = input->data;
	char *room = buf_extend(&c->text, READ_SIZE); /* not NULL: no max */
	ssize_t n;

	(void)loop;
	(void)revents;
	n = read(STDIN_FILENO, room, READ_SIZE);
	c->text.len -= READ_SIZE - (n > 0 ? (size_t)n : 0);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0) {
		stop(c, PUSH_PUBLISH_NOT_STORED, strerror(errno));
		return;
	}
	c->input_ended = n == 0;
	input_received(c);
}

/* --- the cursor ----------------------------------------------------------- */

static void ask_tip(struct push_publish *c);

static void
tip_received(void *arg, enum bus_status status, struct id tip)
{
	struct push_publish *c = arg;

	if (status != BUS_OK) {
		stop(c, PUSH_PUBLISH_NOT_STORED, "Redis did not answer.");
		return;
	}
	c->parts[c->part_count++].id = tip;
	ask_tip(c);
}

static void
print_cursor(struct push_publish *c)
{
	struct buf out;

	buf_init(&out, READ_SIZE);
	cursor_put(&out, c->parts, c->part_count);
	buf_putc(&out, '\n');
	if (!buf_ok(&out) || fwrite(out.bytes, 1, out.len, stdout) != out.len ||
	    fflush(stdout) == EOF)
		stop(c, PUSH_PUBLISH_NOT_STORED, strerror(errno));
	else
		stop(c, PUSH_PUBLISH_STORED, NULL);
	buf_free(&out);
}

/* Reads the tips one by one. */
static void
ask_tip(struct push_publish *c)
{
	const char *channel = c->options.channels[c->part_count];

	if (c->part_count == c->options.channel_count) {
		print_cursor(c);
		return;
	}
	c->parts[c->part_count].tag = cursor_tag(text_of(channel));
	if (bus_tip(c->bus, channel, tip_received, c) == NULL)
		stop(c, PUSH_PUBLISH_NOT_STORED, "Redis cannot be reached.");
}

static void
bus_up(void *arg)
{
	struct push_publish *c = arg;

	if (c->options.job == PUSH_PUBLISH_CURSOR)
		ask_tip(c);
}

static void
bus_down(void *arg)
{
	struct push_publish *c = arg;

	if (c->options.job == PUSH_PUBLISH_CURSOR)
		stop(c, PUSH_PUBLISH_NOT_STORED, "Redis cannot be reached.");
}

static const struct bus_handler handler = {.up = bus_up, .down = bus_down};

/* --- the command ---------------------------------------------------------- */

static void
start(struct push_publish *c)
{
	switch (c->options.job) {
	case PUSH_PUBLISH_DATA:
		buf_puts(&c->text, c->options.data);
		publish_text(c, c->text.len, c->text.len);
		break;
	case PUSH_PUBLISH_INPUT:
	case PUSH_PUBLISH_LINES:
		ev_io_start(c->loop, &c->input);
		break;
	default:
		break; /* starts when the bus is up */
	}
}

static int
run(struct push_publish *c)
{
	signal(SIGPIPE, SIG_IGN); /* report the failed write instead */
	c->loop = ev_default_loop(EVFLAG_AUTO);
	buf_init(&c->text, SIZE_MAX / 2);
	ev_io_init(&c->input, readable, STDIN_FILENO, EV_READ);
	c->input.data = c;
	c->bus = c->loop ? bus_open(c->loop, &c->conf, &handler, c) : NULL;
	if (c->bus == NULL) {
		fputs("push-publish: Cannot connect to Redis.\n", stderr);
		return PUSH_PUBLISH_NOT_STORED;
	}
	start(c);
	if (!c->stopped)
		ev_run(c->loop, 0);
	bus_close(c->bus);
	buf_free(&c->text);
	ev_loop_destroy(c->loop);
	return c->status;
}

int
main(int argc, char **argv)
{
	static struct push_publish c;
	char error[PUSH_PUBLISH_ERROR_SIZE], conf_error[CONF_ERROR_SIZE];
	const char *fault;

	descriptors_fill_standard();
	if (!push_publish_parse(&c.options, argc, argv, error)) {
		fprintf(stderr, "push-publish: %s %s\n", error,
			push_publish_hint);
		return PUSH_PUBLISH_USAGE;
	}
	if (c.options.job == PUSH_PUBLISH_HELP) {
		fputs(push_publish_help, stdout);
		return PUSH_PUBLISH_STORED;
	}
	if (c.options.job == PUSH_PUBLISH_VERSION) {
		puts("push-publish (pushcgi) " PACKAGE_VERSION);
		return PUSH_PUBLISH_STORED;
	}
	fault = push_publish_fault(&c.options);
	if (fault == NULL && !conf_load(&c.conf, c.options.conf, conf_error))
		fault = conf_error;
	if (fault != NULL) {
		fprintf(stderr, "push-publish: %s\n", fault);
		return PUSH_PUBLISH_NOT_STORED;
	}
	/* log errors only: a failure is reported once, by stop() */
	log_open("push-publish", LOG_LEVEL_ERROR, LOG_TO_STDERR);
	return run(&c);
}
