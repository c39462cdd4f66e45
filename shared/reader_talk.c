/* SPDX-License-Identifier: MIT */
/*
 * reader_talk.c - what a reader's client says: it publishes, and changes what
 * it reads.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/draft.h"
#include "shared/link.h"
#include "shared/log.h"
#include "shared/reader.h"
#include "shared/reader_private.h"

enum {
	SECOND_MS = 1000,
	FLOOD = 4, /* times websocket.max_rate */
	NAMES_MAX = CHANNELS_MAX * (CHANNEL_NAME_MAX + 1),
	/* of what a client may send in one message */
	BYTES_A_BYTE = 6, /* \u0041 in JSON */
	OTHER_MEMBERS_MAX = 16 * 1024
};

/* A message of the client's that Redis has not answered for yet. */
struct saying {
	struct saying *next, *prev;
	struct reader *reader;
	struct bus_call *call;
	struct intent_ref ref;
	char channel[CHANNEL_NAME_MAX + 1];
};

static void
tell_problem(struct reader *r, const struct intent_ref *ref,
	     const struct problem *p)
{
	log_info("refused", "client=%s status=%u reason=\"%s\"", r->client,
		 p->status, p->detail);
	reader_say_told(r, &(struct outcome){.ref = ref, .problem = p});
}

/* --- publishing ----------------------------------------------------------- */

static void
saying_free(struct saying *s)
{
	if (s->next != NULL)
		s->next->prev = s->prev;
	if (s->prev != NULL)
		s->prev->next = s->next;
	else
		s->reader->talking->sayings = s->next;
	free(s);
}

static void
published(void *arg, const struct published *result)
{
	struct saying *s = arg;
	struct problem p;

	log_debug("publish", "client=%s channel=%s", s->reader->client,
		  s->channel);
	if (draft_published(result, &p))
		reader_say_told(s->reader,
				&(struct outcome){.ref = &s->ref,
						  .channel = s->channel,
						  .id = result->id});
	else
		tell_problem(s->reader, &s->ref, &p);
	saying_free(s);
}

static bool
start_saying(struct reader *r, const struct intent *intent)
{
	struct saying *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return false;
	s->reader = r;
	s->ref = intent->ref;
	memcpy(s->channel, intent->draft.channel, intent->draft.channel_len);
	s->next = r->talking->sayings;
	if (s->next != NULL)
		s->next->prev = s;
	r->talking->sayings = s;
	s->call = bus_publish(r->all->bus, &intent->draft, published, s);
	if (s->call != NULL)
		return true;
	saying_free(s);
	return false;
}

static bool
publish(struct reader *r, const struct intent *intent, struct problem *p)
{
	size_t max = r->all->conf->message_max_bytes;

	if (!r->talking->may_publish)
		return problem_set(p, 403,
				   "Publishing through this connection is not "
				   "allowed (websocket.may_publish and "
				   "access.publish).");
	if (intent->draft.data_len > max)
		return draft_too_large(max, p);
	if (start_saying(r, intent))
		return true;
	(void)problem_set(p, 503, "Out of memory.");
	p->stored = "false";
	return false;
}

/* --- other channels ------------------------------------------------------- */

/* Where the reader stands in the i-th of its channels. False: at what is
 * new, whatever that will be. */
static bool
place(const struct reader *r, size_t i, struct cursor_part *out)
{
	if (r->catching != NULL)
		return catch_up_place(&r->catching->catch_up, i, out);
	*out = group_parts(r->member.group)[i];
	return true;
}

static bool
is_named(const struct intent *intent, const struct text *name)
{
	size_t i;

	for (i = 0; i < intent->channel_count; i++)
		if (intent->channels[i].len == name->len &&
		    memcmp(intent->channels[i].bytes, name->bytes, name->len) ==
			0)
			return true;
	return false;
}

/* The channel's name, whose group may go, and the place in it, if any. */
static bool
add_channel(struct ask *ask, struct buf *names, const struct text *name,
	    const struct cursor_part *part)
{
	if (ask->channel_count == CHANNELS_MAX)
		return false;
	if (part != NULL) {
		struct cursor_part *to =
		    &ask->cursor.parts[ask->cursor.count++];

		*to = *part;
		to->tag = cursor_tag(name->bytes, name->len);
	}
	ask->channels[ask->channel_count].bytes = names->bytes + names->len;
	ask->channels[ask->channel_count++].len = name->len;
	buf_put(names, name->bytes, name->len);
	buf_putc(names, '\0');
	return true;
}

static bool
is_followed(const struct group *g, const struct text *name)
{
	size_t i;

	for (i = 0; i < group_channel_count(g); i++)
		if (strcmp(channel_name(group_channel(g, i))->bytes,
			   name->bytes) == 0)
			return true;
	return false;
}

/* What the reader will read: what it reads, without or with those named. False:
 * they are too many. */
static bool
gather(const struct reader *r, const struct intent *intent, struct ask *ask,
       struct buf *names)
{
	const struct group *g = r->member.group;
	bool adds = intent->ref.kind == INTENT_SUBSCRIBE;
	size_t i;

	for (i = 0; i < group_channel_count(g); i++) {
		const struct text *name = channel_name(group_channel(g, i));
		struct cursor_part part;
		bool placed = place(r, i, &part);

		if (!adds && is_named(intent, name))
			continue;
		if (!add_channel(ask, names, name, placed ? &part : NULL))
			return false;
	}
	for (i = 0; adds && i < intent->channel_count; i++) {
		const struct text *name = &intent->channels[i];
		uint64_t tag = cursor_tag(name->bytes, name->len);

		if (is_followed(g, name))
			continue;
		if (!add_channel(ask, names, name,
				 cursor_find(&intent->since, tag)))
			return false;
	}
	return true;
}

/* It catches up in another group, from where it stands: what has gathered in
 * the old one for this turn is not yet behind it, and comes again there. */
static bool
move(struct reader *r, const struct ask *ask)
{
	reader_free_catching(r);
	group_leave(&r->member);
	if (!group_enter(&r->all->groups, ask, &r->member) ||
	    !reader_start_catching(r, ask))
		return false;
	r->catching->say_cursor = true;
	return true;
}

static bool
change_channels(struct reader *r, const struct intent *intent,
		struct problem *p)
{
	struct ask ask = {.form = *reader_form(r), .if_none_match = ""};
	struct talking *t = r->talking;
	struct buf names;

	buf_init(&names, NAMES_MAX);
	if (buf_extend(&names, NAMES_MAX) == NULL) /* texts point into it */
		return problem_set(p, 503, "Out of memory.");
	names.len = 0;
	ask.cursor.kind = CURSOR_PARTS;
	ask.cursor_unreadable =
	    r->catching != NULL && r->catching->cursor_unreadable;
	if (!gather(r, intent, &ask, &names)) {
		buf_free(&names);
		return problem_set(p, 400,
				   "More than %d channels on one connection.",
				   CHANNELS_MAX);
	}
	if (ask.channel_count == 0) {
		buf_free(&names);
		return problem_set(p, 400,
				   "One channel stays: to leave the last, "
				   "close the connection.");
	}
	ask_sort_channels(&ask);
	t->lost = !move(r, &ask);
	t->moved = true;
	if (!t->lost)
		reader_say_told(
		    r, &(struct outcome){.ref = &intent->ref,
					 .channels = ask.channels,
					 .channel_count = ask.channel_count});
	buf_free(&names);
	return true;
}

/* --- hearing -------------------------------------------------------------- */

static bool
frame_came(void *arg)
{
	struct reader *r = arg;
	struct talking *t = r->talking;
	uint64_t second = wheel_ms() / SECOND_MS;

	if (second != t->second) {
		t->second = second;
		t->frames = 0;
	}
	return ++t->frames <= FLOOD * r->all->conf->websocket_max_rate;
}

static bool
carry_out(struct reader *r, const struct intent *intent, struct problem *p)
{
	unsigned int rate = r->all->conf->websocket_max_rate;

	if (r->talking->frames > rate)
		return problem_set(p, 429,
				   "More than %u frames in a second "
				   "(websocket.max_rate).",
				   rate);
	if (intent->ref.kind == INTENT_PUBLISH)
		return publish(r, intent, p);
	return change_channels(r, intent, p);
}

static void
intent_came(void *arg, const struct intent *intent, const struct problem *p)
{
	struct reader *r = arg;
	struct problem refusal;

	r->talking->unfinished = 0;
	if (r->talking->lost)
		return;
	if (p != NULL)
		tell_problem(r, &intent->ref, p);
	else if (!carry_out(r, intent, &refusal))
		tell_problem(r, &intent->ref, &refusal);
}

static size_t
hear_max(const struct conf *conf)
{
	return (size_t)conf->message_max_bytes * BYTES_A_BYTE +
	       OTHER_MEMBERS_MAX;
}

/* What is true when all of a read has been heard. May free the reader. */
static void
after_hearing(struct reader *r, bool on, const char *fault)
{
	struct talking *t = r->talking;
	bool moved = t->moved;

	t->moved = false;
	if (t->lost) {
		log_error("memory", "client=%s reason=\"out of memory\"",
			  r->client);
		link_drop(r->member.link);
		reader_free(r);
	} else if (!on) {
		if (fault != NULL)
			log_info("let_go", "client=%s reason=\"%s\"", r->client,
				 fault);
		link_cut(r->member.link);
		reader_free(r);
	} else if (moved && link_is_drained(r->member.link)) {
		reader_step(r);
	}
}

void
reader_heard(struct reader *r, const uint8_t *bytes, size_t len)
{
	struct form form = *reader_form(r); /* the group may go */
	struct buf out;
	struct hearing h = {.form = &form,
			    .max = hear_max(r->all->conf),
			    .out = &out,
			    .frame = frame_came,
			    .intent = intent_came,
			    .arg = r};
	bool on;

	buf_init(&out, READER_BYTES_MAX);
	r->talking->unanswered = 0;
	on = technique.hear(&h, &r->talking->state, bytes, len);
	if (r->talking->state == NULL)
		r->talking->unfinished = 0;
	reader_send(r, &out, LINK_LIVE);
	after_hearing(r, on, h.fault);
}

/* --- its life ------------------------------------------------------------- */

bool
reader_start_talking(struct reader *r, const struct ask *ask)
{
	if (technique.hear == NULL)
		return true;
	r->talking = calloc(1, sizeof(*r->talking));
	if (r->talking == NULL)
		return false;
	r->talking->may_publish = ask->may_publish;
	link_hear(r->member.link);
	return true;
}

void
reader_free_talking(struct reader *r)
{
	struct talking *t = r->talking;

	if (t == NULL)
		return;
	while (t->sayings != NULL) {
		/* the message goes its way: it was sent */
		bus_cancel(t->sayings->call);
		saying_free(t->sayings);
	}
	technique.forget(t->state);
	free(t);
	r->talking = NULL;
}
