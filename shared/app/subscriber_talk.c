/* SPDX-License-Identifier: MIT */
/*
 * subscriber_talk.c - what a subscriber's client says, and whether it still
 * does; what it publishes.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/app/subscriber.h"
#include "shared/app/subscriber_private.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/bus/publish.h"
#include "shared/model/publication.h"
#include "shared/net/conn.h"

enum {
	SECOND_MS = 1000,
	FLOOD = 4,		   /* times websocket.max_rate */
	HEARTBEATS_SILENT = 2,	   /* so many may a client leave unanswered */
	HEARTBEATS_UNFINISHED = 4, /* and take for a message */
	/* of one who may not publish: 32 names and as many places, in JSON */
	ASKING_MAX = 64 * 1024
};

/* A message of the client's that Redis has not answered for yet. */
struct saying {
	struct saying *next, *prev;
	struct subscriber *subscriber;
	struct bus_call *call;
	struct command_ref ref;
	char channel[CHANNEL_NAME_MAX + 1];
};

static void
tell_problem(struct subscriber *r, const struct command_ref *ref,
	     const struct problem *p)
{
	/* anybody may cause as many of these as websocket.max_rate allows */
	log_debug("refused", "client=%s status=%u reason=\"%s\"", r->client,
		  p->status, p->detail);
	subscriber_say_reply(r, &(struct reply){.ref = ref, .problem = p});
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
		s->subscriber->talking->sayings = s->next;
	free(s);
}

static void
published(void *arg, const struct publish_result *result)
{
	struct saying *s = arg;
	struct problem p;

	log_debug("publish", "client=%s channel=%s", s->subscriber->client,
		  s->channel);
	if (publication_published(result, &p))
		subscriber_say_reply(
		    s->subscriber,
		    &(struct reply){.ref = &s->ref,
				    .channel = text_of(s->channel),
				    .id = result->id});
	else
		tell_problem(s->subscriber, &s->ref, &p);
	saying_free(s);
}

static bool
start_saying(struct subscriber *r, const struct command *command)
{
	struct saying *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return false;
	s->subscriber = r;
	s->ref = command->ref;
	memcpy(s->channel, command->publication.channel.bytes,
	       command->publication.channel.len);
	s->next = r->talking->sayings;
	if (s->next != NULL)
		s->next->prev = s;
	r->talking->sayings = s;
	s->call = bus_publish(r->all->bus, &command->publication, published, s);
	if (s->call != NULL)
		return true;
	saying_free(s);
	return false;
}

static bool
publish(struct subscriber *r, const struct command *command, struct problem *p)
{
	size_t max = r->all->conf->message_max_bytes;

	if (!r->talking->may_publish)
		return problem_set(p, 403,
				   "Publishing through this connection is not "
				   "allowed (websocket.may_publish and "
				   "access.publish).");
	if (command->publication.data.len > max)
		return publication_too_large(max, p);
	if (start_saying(r, command))
		return true;
	(void)problem_set(p, 503, "Out of memory.");
	p->stored = "false";
	return false;
}

/* --- hearing -------------------------------------------------------------- */

static bool
frame_came(void *arg)
{
	const struct subscriber *r = arg;

	return ++r->talking->frames <= FLOOD * r->all->conf->websocket_max_rate;
}

/* Bytes of a text, and of all of a second: reading JSON takes time that others
 * wait for. */
static size_t
hear_max(const struct subscriber *r)
{
	if (subscriber_format(r)->raw || !r->talking->may_publish)
		return ASKING_MAX;
	return publication_text_max(r->all->conf->message_max_bytes);
}

static bool
text_came(void *arg, size_t len)
{
	struct subscriber *r = arg;

	if (r->talking->lost)
		return false; /* it is in no fanout any more */
	r->talking->unfinished = 0;
	r->talking->bytes += len;
	return r->talking->bytes <= hear_max(r);
}

/* Once a read, so that the time it takes to hear it gives it no more room. */
static void
look_at_clock(struct talking *t)
{
	uint64_t second = clock_ms() / SECOND_MS;

	if (second == t->second)
		return;
	t->second = second;
	t->frames = 0;
	t->bytes = 0;
}

static bool
carry_out(struct subscriber *r, const struct command *command,
	  struct problem *p)
{
	unsigned int rate = r->all->conf->websocket_max_rate;

	if (r->talking->frames > rate)
		return problem_set(p, 429,
				   "More than %u frames in a second "
				   "(websocket.max_rate).",
				   rate);
	if (command->ref.kind == COMMAND_PUBLISH)
		return publish(r, command, p);
	return subscriber_change_channels(r, command, p);
}

static void
command_came(void *arg, const struct command *command, const struct problem *p)
{
	struct subscriber *r = arg;
	struct problem refusal;

	if (r->talking->lost)
		return;
	if (p != NULL)
		tell_problem(r, &command->ref, p);
	else if (!carry_out(r, command, &refusal))
		tell_problem(r, &command->ref, &refusal);
}

/* What is true when all of a read has been heard. May free the subscriber. */
static void
after_hearing(struct subscriber *r, bool on, const char *fault)
{
	struct talking *t = r->talking;
	bool moved = t->moved;

	t->moved = false;
	if (t->lost) {
		log_error("memory", "client=%s reason=\"out of memory\"",
			  r->client);
		conn_abort(r->member.conn);
		subscriber_free(r);
	} else if (!on) {
		if (fault != NULL)
			log_info("let_go", "client=%s reason=\"%s\"", r->client,
				 fault);
		conn_cut(r->member.conn);
		subscriber_free(r);
	} else if (moved && conn_is_drained(r->member.conn)) {
		subscriber_step(r);
	}
}

void
subscriber_heard(struct subscriber *r, const uint8_t *bytes, size_t len)
{
	struct format format = *subscriber_format(r); /* the fanout may go */
	struct buf out;
	struct hearing h = {.format = &format,
			    .max = hear_max(r),
			    .out = &out,
			    .frame = frame_came,
			    .text = text_came,
			    .command = command_came,
			    .arg = r};
	bool on;

	buf_init(&out, SUBSCRIBER_BYTES_MAX);
	r->talking->unanswered = 0;
	look_at_clock(r->talking);
	on =
	    r->all->technique->duplex->hear(&h, &r->talking->state, bytes, len);
	subscriber_send(r, &out, CONN_LIVE);
	after_hearing(r, on, h.fault);
}

/* Beats without an answer are counted, not timed: if it is we who stood still,
 * the answers are still to be read. */
bool
subscriber_check_client(struct subscriber *r)
{
	struct talking *t = r->talking;

	if (t->unanswered >= HEARTBEATS_SILENT) {
		log_info("let_go", "client=%s reason=\"no ping is answered\"",
			 r->client);
		conn_abort(r->member.conn);
		subscriber_free(r);
		return false;
	}
	if (t->unfinished >= HEARTBEATS_UNFINISHED) {
		log_info("let_go",
			 "client=%s reason=\"a message did not come "
			 "whole in %d beats\"",
			 r->client, HEARTBEATS_UNFINISHED);
		subscriber_cut(r, CLOSE_UNFINISHED);
		return false;
	}
	t->unanswered++;
	t->unfinished = t->state != NULL ? t->unfinished + 1 : 0;
	return true;
}

/* --- its life ------------------------------------------------------------- */

bool
subscriber_start_talking(struct subscriber *r, const struct params *params)
{
	if (r->all->technique->duplex == NULL)
		return true;
	r->talking = calloc(1, sizeof(*r->talking));
	if (r->talking == NULL)
		return false;
	r->talking->may_publish = params->may_publish;
	conn_read_data(r->member.conn);
	return true;
}

void
subscriber_free_talking(struct subscriber *r)
{
	struct talking *t = r->talking;

	if (t == NULL)
		return;
	while (t->sayings != NULL) {
		/* the message goes its way: it was sent */
		bus_cancel(t->sayings->call);
		saying_free(t->sayings);
	}
	subscriber_forget_changes(t);
	r->all->technique->duplex->free(t->state);
	free(t);
	r->talking = NULL;
}
