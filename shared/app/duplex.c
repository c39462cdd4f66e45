/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/duplex.h"

#include <string.h>

#include "shared/access/access.h"
#include "shared/app/duplex_channels.h"
#include "shared/app/duplex_publish.h"
#include "shared/app/duplex_reply.h"
#include "shared/app/duplex_rights.h"
#include "shared/app/stream.h"
#include "shared/app/stream_end.h"
#include "shared/app/stream_notices.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/stats/stats.h"

enum {
	SECOND_MS = 1000,
	FLOOD = 4,		   /* times websocket.max_rate: disconnected */
	HEARTBEATS_UNANSWERED = 2, /* at most */
	HEARTBEATS_UNFINISHED = 4, /* at most, for one message */
	/* bytes of a command that publishes nothing: 32 channels and positions
	 * in JSON */
	COMMAND_MAX = 64 * 1024
};

struct duplex {
	struct subscriber base; /* first */
	struct duplex_client client;
	uint64_t second; /* its limits are those of this second */
	/* heartbeats since the client sent something, and since it began the
	 * message it has not finished */
	unsigned int unanswered, unfinished;
	struct duplex_channels channels;
	struct duplex_publish publish;
	struct credentials credentials; /* of the handshake */
	bool may_publish;		/* to some channel */
	struct duplex_rights rights;
	uint64_t life_ends; /* end_at without the rights */
};

static const struct technique_duplex *
technique_of(const struct duplex *d)
{
	return d->base.all->technique->duplex;
}

/* --- limits --------------------------------------------------------------- */

static unsigned int
frames_max(const struct duplex *d)
{
	return FLOOD * d->base.all->conf->websocket_max_rate;
}

/* Bytes of a text, and of all texts in a second: parsing JSON takes time. */
static size_t
text_max(const struct duplex *d)
{
	if (!d->may_publish || subscriber_format(&d->base)->raw)
		return COMMAND_MAX;
	return publication_text_max(d->base.all->conf->message_max_bytes);
}

/* Once a read, so that a slow read does not raise the limits. */
static void
renew_limits(struct duplex *d)
{
	uint64_t second = clock_ms() / SECOND_MS;

	if (second == d->second)
		return;
	d->second = second;
	d->client.frames_left = frames_max(d);
	d->client.bytes_left = text_max(d);
}

/* --- rights --------------------------------------------------------------- */

static void
set_end(struct duplex *d)
{
	struct subscriber *s = &d->base;

	s->end_at = d->life_ends;
	s->expires = false;
	subscriber_expire(s, duplex_rights_next(&d->rights));
}

/* The rights have changed: its timer must not fire too late. A heartbeat is not
 * put off. */
static void
rights_changed(struct duplex *d)
{
	struct subscriber *s = &d->base;
	uint64_t before = s->end_at;

	set_end(d);
	if (s->end_at != 0 && (before == 0 || s->end_at < before))
		subscriber_set_timer(s, s->all->conf->hold_beat * 1000ull);
}

/* Leaves some channels, not all. Its cursor is sent before, so that it has a
 * position in them, too. May free it. */
static void
leave(struct duplex *d, const struct end *end)
{
	struct subscriber *s = &d->base;

	stream_send_end(s, end);
	duplex_channels_leave(&d->channels, s, end->channels, end->count);
	for (size_t i = end->count; i-- > 0;)
		duplex_rights_remove(&d->rights, end->channels[i]);
	set_end(d);
	subscriber_set_timer(s, s->all->conf->hold_beat * 1000ull);
	d->channels.moved = false;
	subscriber_wake(s);
}

/* Leaves the channels whose rights have ended. True: the subscriber was freed,
 * or has moved. */
static bool
leave_ended(struct duplex *d)
{
	struct text ended[CHANNELS_MAX];
	size_t count = duplex_rights_ended(&d->rights, clock_unix(), ended);
	struct subscriber *s = &d->base;

	if (count == 0)
		return false;
	if (count == fanout_channel_count(s->member.fanout))
		stream_expire(s);
	else
		leave(d, &(struct end){.reason = "expired",
				       .channels = ended,
				       .count = count});
	return true;
}

/* A kick of one of its channels takes it from that alone. */
static void
kick(struct subscriber *s, const struct kick *kick, uint64_t ms)
{
	if (kick->kind == KICK_CHANNEL &&
	    fanout_channel_count(s->member.fanout) > 1)
		leave((struct duplex *)s, &(struct end){.reason = "kicked",
							.channels = &kick->name,
							.count = 1});
	else
		stream_kick(s, kick, ms);
}

/* --- commands ------------------------------------------------------------- */

/* False: it may not have the channels; else their rights are noted. */
static bool
may_subscribe(struct duplex *d, const struct credentials *credentials,
	      const struct command *command, struct access_result *result,
	      struct problem *p)
{
	const struct access_request request = {.right = ACCESS_SUBSCRIBE,
					       .channels = command->channels,
					       .count = command->channel_count};

	return access_may(result, d->base.all->keys, d->base.all->conf,
			  credentials, &request, p);
}

/* No administrator keeps it out of these channels. */
static bool
is_admitted(const struct duplex *d, const struct command *command,
	    struct problem *p)
{
	const struct kicks_request request = {.channels = command->channels,
					      .channel_count =
						  command->channel_count};

	return kicks_allow(d->base.all->kicks, &request, p);
}

static bool
change_channels(struct duplex *d, const struct credentials *credentials,
		const struct command *command, struct problem *p)
{
	bool subscribes = command->ref.kind == COMMAND_SUBSCRIBE;
	struct access_result result;

	if (subscribes &&
	    (!may_subscribe(d, credentials, command, &result, p) ||
	     !is_admitted(d, command, p)))
		return false;
	if (!duplex_channels_change(&d->channels, &d->base, command, p))
		return false;
	for (size_t i = 0; i < command->channel_count; i++)
		duplex_rights_set(&d->rights, command->channels[i],
				  subscribes ? result.each[i] : 0);
	rights_changed(d);
	return true;
}

/* What the command brings with it counts for it alone. */
static bool
carry_out_with(struct duplex *d, const struct command *command,
	       struct problem *p)
{
	const struct access_params params = {.token = command->token,
					     .expires = command->expires,
					     .sig = command->sig};
	struct credentials credentials;
	bool ok;

	credentials_extend(&credentials, d->base.all->keys, &d->credentials,
			   &params);
	ok = command->ref.kind == COMMAND_PUBLISH
		 ? duplex_publish(&d->publish, &d->base, &credentials, command,
				  p)
		 : change_channels(d, &credentials, command, p);
	credentials_free(&credentials);
	return ok;
}

static bool
carry_out(struct duplex *d, const struct command *command, struct problem *p)
{
	unsigned int rate = d->base.all->conf->websocket_max_rate;

	if (frames_max(d) - d->client.frames_left > rate) {
		stats_refused(STATS_REFUSED_WEBSOCKET_RATE);
		return problem_set(p, 429,
				   "More than %u frames in a second "
				   "(websocket.max_rate).",
				   rate);
	}
	return carry_out_with(d, command, p);
}

/* Carries out all commands of a read. Returns how it ended. */
static enum duplex_event
take_commands(struct duplex *d, struct duplex_read *read)
{
	enum duplex_event event;
	struct command command;
	struct problem p;

	for (;;) {
		event = technique_of(d)->next(&d->client, read, &command, &p);
		if (event != DUPLEX_COMMAND && event != DUPLEX_REFUSED)
			return event;
		d->unfinished = 0;
		if (!subscriber_is_quiet(&d->base) &&
		    (event == DUPLEX_REFUSED || !carry_out(d, &command, &p)))
			duplex_reply_problem(&d->base, &command.ref, &p);
		command_free(&command);
		if (duplex_channels_churn(&d->channels))
			return DUPLEX_MORE; /* the rest is not carried out */
	}
}

static void
disconnect(struct duplex *d, const char *reason)
{
	log_info("disconnect", "client=%s reason=\"%s\"",
		 subscriber_address(&d->base), reason);
	d->base.end_reason = END_PROTOCOL;
	stats_cut(STATS_CUT_FAULT);
	conn_cut(d->base.member.conn);
	subscriber_free(&d->base);
}

static void
data(struct subscriber *s, const uint8_t *bytes, size_t len)
{
	struct duplex *d = (struct duplex *)s;
	struct format format =
	    *subscriber_format(s); /* a command may move it */
	struct buf out;
	struct duplex_read read = {.format = &format,
				   .text_max = text_max(d),
				   .at = bytes,
				   .end = bytes + len,
				   .out = &out};
	enum duplex_event event;

	buf_init(&out, SUBSCRIBER_BYTES_MAX);
	d->unanswered = 0;
	renew_limits(d);
	event = take_commands(d, &read);
	if (subscriber_is_quiet(s))
		buf_free(&out);
	else
		subscriber_send(s, &out);
	if (event == DUPLEX_FAULT) {
		disconnect(d, read.fault);
	} else if (event == DUPLEX_END) {
		conn_cut(s->member.conn);
		subscriber_free(s);
	} else if (duplex_channels_churn(&d->channels)) {
		log_info("disconnect",
			 "client=%s reason=\"too many changes of channels\"",
			 subscriber_address(s));
		s->end_reason = END_PROTOCOL;
		stream_cut(s, CLOSE_CHURN);
	} else if (d->channels.moved) {
		d->channels.moved = false;
		subscriber_wake(s);
	}
}

/* --- time ----------------------------------------------------------------- */

/* Heartbeats are counted, not timed: after a stop of our own process the
 * answers are still unread. False: it was disconnected. */
static bool
check_client(struct duplex *d)
{
	struct subscriber *s = &d->base;

	if (d->unanswered >= HEARTBEATS_UNANSWERED) {
		log_info("disconnect", "client=%s reason=\"no ping answered\"",
			 subscriber_address(s));
		s->end_reason = END_UNANSWERED;
		stats_cut(STATS_CUT_PINGS);
		conn_abort(s->member.conn);
		subscriber_free(s);
		return false;
	}
	if (d->unfinished >= HEARTBEATS_UNFINISHED) {
		log_info("disconnect",
			 "client=%s reason=\"message not finished within %d "
			 "heartbeats\"",
			 subscriber_address(s), HEARTBEATS_UNFINISHED);
		s->end_reason = END_PROTOCOL;
		stream_cut(s, CLOSE_UNFINISHED);
		return false;
	}
	d->unanswered++;
	d->unfinished = d->client.partial != NULL ? d->unfinished + 1 : 0;
	return true;
}

/* A heartbeat each period, also when messages were sent. */
static void
timer(struct subscriber *s)
{
	if (!subscriber_is_quiet(s) && leave_ended((struct duplex *)s))
		return;
	if (stream_timer(s))
		return;
	if (!conn_is_drained(s->member.conn) ||
	    check_client((struct duplex *)s))
		stream_heartbeat(s);
}

/* --- its life ------------------------------------------------------------- */

static void
take_credentials(struct duplex *d, struct credentials *credentials)
{
	struct problem p;

	d->credentials = *credentials;
	memset(credentials, 0, sizeof(*credentials));
	d->may_publish =
	    d->publish.own_site &&
	    access_may_publish_at_all(d->base.all->conf, &d->credentials, &p);
}

static void
start(struct subscriber *s, const struct params *params)
{
	struct duplex *d = (struct duplex *)s;

	duplex_channels_init(&d->channels);
	d->second = UINT64_MAX; /* none yet */
	d->publish.own_site = params->may_publish;
	take_credentials(d, params->credentials);
	for (size_t i = 0; i < params->channel_count; i++)
		duplex_rights_set(&d->rights, params->channels[i],
				  params->access_result.each[i]);
	stream_set_life(s);
	d->life_ends = s->end_at;
	subscriber_expire(s, duplex_rights_next(&d->rights));
	conn_read_data(s->member.conn);
	stream_start(s, params);
}

static bool
caught_up(struct subscriber *s)
{
	struct duplex *d = (struct duplex *)s;

	return duplex_channels_caught_up(&d->channels, s);
}

static void
free_duplex(struct subscriber *s)
{
	struct duplex *d = (struct duplex *)s;

	duplex_rights_free(&d->rights);
	credentials_free(&d->credentials);
	duplex_publish_free(&d->publish);
	duplex_channels_free(&d->channels);
	technique_of(d)->free(d->client.partial);
}

const struct subscriber_kind duplex_kind = {
    .size = sizeof(struct duplex),
    .start = start,
    .catch_up = &stream_catch_up_handler,
    .timer = timer,
    .down = stream_down,
    .stop = stream_stop,
    .kick = kick,
    .free = free_duplex,
    .caught_up = caught_up,
    .data = data,
};
