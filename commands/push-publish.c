/* SPDX-License-Identifier: MIT */
/*
 * push-publish.c - the command push-publish: publishes what its command line
 * or standard input says, and prints the ids.
 *
 * One message is under way at a time, so lines are stored in their order.
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
#include "shared/conf/conf.h"
#include "shared/conf/conf_load.h"
#include "shared/model/cursor.h"

enum { READ_SIZE = 64 * 1024 };

struct push_publish {
	struct push_publish_options options;
	struct conf conf;
	struct ev_loop *loop;
	struct bus *bus;
	struct ev_io input;
	struct buf text;    /* of standard input, not yet published */
	size_t message_len; /* the part of it that is on its way */
	size_t taken;	    /* the same with its line break */
	bool input_ended;
	bool on_its_way;
	double first_failure; /* ev_now() of it; 0: none */
	unsigned long line;
	struct cursor_part parts[CHANNELS_MAX];
	size_t part_count;
	enum push_publish_exit status;
	bool stopped;
	bool deaf; /* nobody reads our standard output */
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

/* Redis is given bus.timeout to come back before a line is given up: the pipe
 * behind `tail -F` is worth more than a quick answer. */
static bool
may_try_again(struct push_publish *c, const struct publish_result *result)
{
	double now = ev_now(c->loop);

	if (c->options.job != PUSH_PUBLISH_LINES || !result->down)
		return false;
	if (c->first_failure == 0.)
		c->first_failure = now;
	return now - c->first_failure < c->conf.bus_timeout;
}

/* It is stored, whoever does not want to hear its id: that is no failure, or
 * a script would store it twice. */
static void
print_id(struct push_publish *c, struct id id)
{
	char text[ID_TEXT_SIZE];

	if (c->deaf)
		return;
	id_format(text, id);
	if (puts(text) != EOF && fflush(stdout) != EOF)
		return;
	c->deaf = true;
	fprintf(stderr,
		"push-publish: stored, but its id cannot be printed: %s\n",
		strerror(errno));
}

static void
published(void *arg, const struct publish_result *result)
{
	struct push_publish *c = arg;

	c->on_its_way = false;
	switch (result->status) {
	case PUBLISHED_STORED:
	case PUBLISHED_SEEN:
		print_id(c, result->id);
		c->first_failure = 0.;
		if (c->options.job != PUSH_PUBLISH_LINES) {
			stop(c, PUSH_PUBLISH_STORED, NULL);
			return;
		}
		buf_consume(&c->text, c->taken);
		next_line(c);
		return;
	case PUBLISHED_NOT_STORED:
		if (may_try_again(c, result))
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

	c->on_its_way = true;
	bus_publish(c->bus, &publication, published, c);
}

/* Publishes the first `len` bytes of the text, if they may be. */
static void
publish_text(struct push_publish *c, size_t len, size_t taken)
{
	const char *fault = data_fault((struct text){c->text.bytes, len});
	char too_large[80];

	if (len > c->conf.message_max_bytes) {
		snprintf(too_large, sizeof(too_large),
			 "The message is larger than %u bytes "
			 "(message.max_bytes).",
			 c->conf.message_max_bytes);
		fault = too_large;
	}
	if (fault != NULL) {
		stop(c, PUSH_PUBLISH_NOT_STORED, fault);
		return;
	}
	c->message_len = len;
	c->taken = taken;
	publish(c);
}

/* --- standard input ------------------------------------------------------- */

static void
next_line(struct push_publish *c)
{
	const char *text = c->text.bytes, *end = NULL;

	if (c->on_its_way)
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
input_taken(struct push_publish *c)
{
	if (c->options.job == PUSH_PUBLISH_LINES) {
		ev_io_stop(c->loop, &c->input); /* until it is published */
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
	char *room = buf_extend(&c->text, READ_SIZE);
	ssize_t n;

	(void)loop;
	(void)revents;
	if (room == NULL) {
		stop(c, PUSH_PUBLISH_NOT_STORED, "Out of memory.");
		return;
	}
	n = read(STDIN_FILENO, room, READ_SIZE);
	c->text.len -= READ_SIZE - (n > 0 ? (size_t)n : 0);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0) {
		stop(c, PUSH_PUBLISH_NOT_STORED, strerror(errno));
		return;
	}
	c->input_ended = n == 0;
	input_taken(c);
}

/* --- the cursor ----------------------------------------------------------- */

static void ask_tip(struct push_publish *c);

static void
tip_came(void *arg, enum bus_status status, struct id tip)
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

/* One after the other: there are few. */
static void
ask_tip(struct push_publish *c)
{
	const char *channel = c->options.channels[c->part_count];

	if (c->part_count == c->options.channel_count) {
		print_cursor(c);
		return;
	}
	c->parts[c->part_count].tag = cursor_tag(text_of(channel));
	if (bus_tip(c->bus, channel, tip_came, c) == NULL)
		stop(c, PUSH_PUBLISH_NOT_STORED, "Redis is away.");
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
		stop(c, PUSH_PUBLISH_NOT_STORED, "Redis is away.");
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
		break; /* when the bus is up */
	}
}

static int
run(struct push_publish *c)
{
	signal(SIGPIPE, SIG_IGN); /* a write that fails is told */
	c->loop = ev_default_loop(EVFLAG_AUTO);
	buf_init(&c->text, SIZE_MAX / 2);
	ev_io_init(&c->input, readable, STDIN_FILENO, EV_READ);
	c->input.data = c;
	c->bus = c->loop ? bus_open(c->loop, &c->conf, &handler, c) : NULL;
	if (c->bus == NULL) {
		fputs("push-publish: Redis cannot be asked.\n", stderr);
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
	/* what goes wrong is said below, in a sentence, once */
	log_open("push-publish", LOG_LEVEL_ERROR, LOG_TO_STDERR);
	return run(&c);
}
