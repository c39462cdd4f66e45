/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-publish-lines.h"

#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/push-publish-retry.h"
#include "shared/base/buf.h"
#include "shared/base/utf8.h"
#include "shared/bus/forget.h"
#include "shared/bus/publish.h"
#include "shared/model/random_key.h"

enum {
	READ_SIZE = 64 * 1024,
	BATCH_LINES = BUS_PUBLISH_MESSAGES,
	LINE_KEY_SIZE = RANDOM_KEY_SIZE + 21
};

struct line {
	struct lines *lines;
	size_t start, len; /* in the text, without the line break */
	size_t size;	   /* with it */
	bool is_replaced;  /* `start` and `len` are in `replaced` instead */
	char key[LINE_KEY_SIZE];
	enum publish_status status;
	struct id id;
};

struct lines {
	struct push_publish *command;
	struct ev_io input;
	struct buf text; /* input that is not known to be stored */
	/* the lines of the batch that were not UTF-8, as they are sent */
	struct buf replaced;
	unsigned long first_replaced, replaced_count;
	struct line batch[BATCH_LINES];
	size_t count;	      /* of lines in the batch; 0: none is being sent */
	size_t answered;      /* of these */
	unsigned long number; /* of the first line of the batch, or the next */
	char key[RANDOM_KEY_SIZE]; /* of this process */
	bool input_ended;
	bool keeps_keys;   /* Redis does not let them be deleted */
	size_t forgetting; /* calls that delete keys */
	struct push_publish_retry retry;
	struct publish_result failed; /* of the first line that failed */
	char reason[256];
};

static void next_batch(struct lines *l);
static void end_when_idle(struct lines *l);

static void
report(const struct lines *l, const char *reason)
{
	fprintf(stderr, "push-publish: line %lu: %s\n", l->number, reason);
}

static void
stop(struct lines *l, enum push_publish_exit status, const char *reason)
{
	report(l, reason);
	push_publish_stop(l->command, status, NULL);
}

/* --- a batch -------------------------------------------------------------- */

static void
keys_forgotten(void *arg, enum bus_status status)
{
	struct lines *l = arg;

	if (status == BUS_REFUSED)
		l->keeps_keys = true; /* an ACL forbids it */
	l->forgetting--;
	if (l->count == 0 && l->input_ended && !l->command->stopped)
		end_when_idle(l);
}

static void
forget_keys(struct lines *l)
{
	const char *keys[BATCH_LINES];

	if (l->keeps_keys || push_publish_retry_failed(&l->retry))
		return;
	for (size_t i = 0; i < l->count; i++)
		keys[i] = l->batch[i].key;
	if (bus_forget(l->command->bus, l->command->options.channels[0], keys,
		       l->count, keys_forgotten, l) != NULL)
		l->forgetting++;
}

/* Removes the first `count` lines of the batch, which are stored. */
static void
drop_stored(struct lines *l, size_t count)
{
	struct id ids[BATCH_LINES];
	size_t size = 0;

	for (size_t i = 0; i < count; i++) {
		ids[i] = l->batch[i].id;
		size += l->batch[i].size;
	}
	push_publish_print_ids(l->command, ids, count);
	buf_consume(&l->text, size);
	l->count -= count;
	l->number += count;
	memmove(l->batch, l->batch + count, l->count * sizeof(l->batch[0]));
	for (size_t i = 0; i < l->count; i++)
		if (!l->batch[i].is_replaced)
			l->batch[i].start -= size;
}

static void
batch_failed(struct lines *l)
{
	bool first = !push_publish_retry_failed(&l->retry);

	if (!push_publish_retry_later(&l->retry, &l->failed))
		stop(l, push_publish_retry_status(&l->retry), l->reason);
	else if (first)
		fprintf(stderr, "push-publish: line %lu: %s Retrying.\n",
			l->number, l->reason);
}

static void
batch_answered(struct lines *l)
{
	size_t stored = 0;

	while (stored < l->count &&
	       (l->batch[stored].status == PUBLISHED_STORED ||
		l->batch[stored].status == PUBLISHED_SEEN))
		stored++;
	if (stored == l->count) {
		forget_keys(l);
		if (push_publish_retry_failed(&l->retry))
			report(l, "Redis stores messages again.");
	}
	drop_stored(l, stored);
	if (l->count > 0)
		batch_failed(l);
	else
		next_batch(l);
}

static void
published(void *arg, const struct publish_result *result)
{
	struct line *line = arg;
	struct lines *l = line->lines;
	bool failed = result->status == PUBLISHED_NOT_STORED ||
		      result->status == PUBLISHED_UNKNOWN;

	line->status = result->status;
	line->id = result->id;
	/* unknown, for one line, is unknown for the batch */
	if (failed &&
	    (l->failed.reason == NULL || result->status == PUBLISHED_UNKNOWN)) {
		snprintf(l->reason, sizeof(l->reason), "%s", result->reason);
		l->failed = *result;
		l->failed.reason = l->reason;
	}
	if (++l->answered == l->count)
		batch_answered(l);
}

static struct text
text_of_line(const struct lines *l, const struct line *line)
{
	const struct buf *in = line->is_replaced ? &l->replaced : &l->text;

	return (struct text){in->bytes + line->start, line->len};
}

static void
send_batch(void *arg)
{
	struct lines *l = arg;
	const struct push_publish_options *o = &l->command->options;

	l->answered = 0;
	l->failed.reason = NULL;
	for (size_t i = 0; i < l->count; i++) {
		struct line *line = &l->batch[i];
		struct publication publication = {
		    .channel = text_of(o->channels[0]),
		    .event = text_of(o->event),
		    .data = text_of_line(l, line),
		    .key = text_of(line->key),
		};

		bus_publish(l->command->bus, &publication, published, line);
	}
}

/* --- standard input ------------------------------------------------------- */

/* The line at `start` of the text. False: its end is not read yet. */
static bool
find_line(const struct lines *l, size_t start, struct line *line)
{
	const char *at = l->text.bytes + start, *end = NULL;
	size_t left = l->text.len - start;

	if (left > 0)
		end = memchr(at, '\n', left);
	*line = (struct line){.start = start, .len = left, .size = left};
	if (end != NULL) {
		line->len = (size_t)(end - at);
		line->size = line->len + 1;
		return true;
	}
	/* without an end: the last, or too long to be a message */
	return (l->input_ended && left > 0) ||
	       left > l->command->conf.message_max_bytes;
}

/* With U+FFFD for NUL, too: a log that was cut while it was written has some.
 */
static void
put_replaced(struct buf *out, struct text text)
{
	struct text piece;

	while (text_cut(&text, '\0', &piece)) {
		utf8_replace(out, piece.bytes, piece.len);
		buf_puts(out, UTF8_REPLACEMENT);
	}
	utf8_replace(out, text.bytes, text.len);
}

/* Makes of a line what can be published. */
static void
replace_wrong_bytes(struct lines *l, struct line *line)
{
	struct text text = text_of_line(l, line);
	size_t start = l->replaced.len;

	if (l->command->options.strict ||
	    text.len > l->command->conf.message_max_bytes ||
	    data_fault(text) == NULL)
		return;
	put_replaced(&l->replaced, text);
	line->is_replaced = true;
	line->start = start;
	line->len = l->replaced.len - start;
}

/* Says so at once for the first line, and at the end for all. */
static void
count_replaced(struct lines *l, unsigned long number)
{
	if (l->replaced_count++ > 0)
		return;
	l->first_replaced = number;
	fprintf(stderr,
		"push-publish: line %lu: not UTF-8. Replacing wrong bytes by "
		"U+FFFD, in later lines too; --strict refuses them.\n",
		number);
}

static void
report_replaced(const struct lines *l)
{
	if (l->replaced_count > 1)
		fprintf(stderr,
			"push-publish: %lu lines were not UTF-8, line %lu the "
			"first. Their wrong bytes were replaced by U+FFFD.\n",
			l->replaced_count, l->first_replaced);
}

/* Adds a line to the batch, or not: then it is for the next. */
static bool
add_line(struct lines *l, struct line *line, size_t *bytes)
{
	line->lines = l;
	snprintf(line->key, sizeof(line->key), "%s-%lu", l->key,
		 l->number + l->count);
	*bytes +=
	    line->len + strlen(line->key) + strlen(l->command->options.event);
	if (l->count > 0 && *bytes > BUS_PUBLISH_BYTES)
		return false;
	if (line->is_replaced)
		count_replaced(l, l->number + l->count);
	l->count++;
	return true;
}

/* Adds lines to the batch. Returns NULL, or why the next line is refused. */
static const char *
fill_batch(struct lines *l)
{
	size_t start = 0, bytes = 0;

	buf_clear(&l->replaced);
	while (l->count < BATCH_LINES) {
		struct line *line = &l->batch[l->count];
		const char *fault;

		if (!find_line(l, start, line))
			return NULL;
		replace_wrong_bytes(l, line);
		fault =
		    push_publish_data_fault(l->command, text_of_line(l, line));
		if (fault != NULL)
			return fault;
		if (!add_line(l, line, &bytes))
			return NULL;
		start += line->size;
	}
	return NULL;
}

/* All lines are stored. */
static void
end_when_idle(struct lines *l)
{
	if (l->forgetting == 0)
		push_publish_stop(l->command, PUSH_PUBLISH_STORED, NULL);
}

/* Nothing is being sent. */
static void
next_batch(struct lines *l)
{
	const char *fault = fill_batch(l);

	if (l->count > 0) {
		push_publish_retry_begin(&l->retry);
		send_batch(l);
	} else if (fault != NULL) {
		stop(l, PUSH_PUBLISH_NOT_STORED, fault);
	} else if (l->input_ended) {
		end_when_idle(l);
	} else {
		ev_io_start(l->command->loop, &l->input);
	}
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
	next_batch(l);
}

/* --- the mode ------------------------------------------------------------- */

enum push_publish_exit
push_publish_lines(struct push_publish *c)
{
	static struct lines l;

	l.command = c;
	l.number = 1;
	l.retry = (struct push_publish_retry){.command = c,
					      .fn = send_batch,
					      .arg = &l,
					      .limit = c->options.retry};
	random_key(l.key);
	buf_init(&l.text, SIZE_MAX / 2);
	buf_init(&l.replaced, SIZE_MAX / 2);
	if (push_publish_open(c, &push_publish_retry_handler, &l.retry)) {
		push_publish_retry_init(&l.retry);
		ev_io_init(&l.input, readable, STDIN_FILENO, EV_READ);
		l.input.data = &l;
		ev_io_start(c->loop, &l.input);
		push_publish_loop(c);
	}
	push_publish_close(c);
	report_replaced(&l);
	buf_free(&l.replaced);
	buf_free(&l.text);
	return c->status;
}
