/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/subscribing.h"

#include "shared/app/subscriber_presence.h"
#include "shared/app/subscribers.h"
#include "shared/bus/rights.h"
#include "shared/conf/conf_channel.h"
#include "shared/http/response.h"
#include "shared/net/conn_room.h"
#include "shared/net/pending_requests.h"

/* --- a request ------------------------------------------------------------ */

/* A response to HEAD that would be held is its head alone. */
static void
serve(struct subscribing *s, struct conn *conn, const struct admission *a)
{
	struct subscribers *all = &s->subscribers;
	const struct params *params = &a->params;

	if (params->head_only && technique_holds(all->technique))
		response_stream_head(conn, &all->fanouts.chain, all->technique,
				     &params->format, params->is_private);
	else
		subscribers_start(all, conn, params, &a->client);
}

/* After Apache has sent the head there is no other status than 200, and a
 * stream needs none to tell its client to come back. */
static bool
can_answer(const struct subscribers *all, const struct conns *conns,
	   struct problem *p)
{
	if (all->technique->batch == NULL)
		return true;
	if (conn_room_is_full(conns)) {
		problem_set(p, 503,
			    "The descriptors of this program are used up "
			    "(LimitNOFILE=).");
		p->retry_after = all->conf->hold_retry;
		return false;
	}
	if (!subscribers_redis_is_down(all))
		return true;
	subscriber_redis_problem(p);
	return false;
}

enum admission_result
subscribing_start(struct subscribing *s, struct conn *conn,
		  const struct request *r, struct problem *p)
{
	struct admission a;
	struct pending_request *pending = NULL;
	enum admission_result result;

	/* A copy first: params_read() decodes the query in place. */
	if (conn->kind->authorizes)
		pending = authorizer_remember(s->authorizer, r);
	result = admission_decide(&a, &s->admissions, conn, r, p);
	if (result == ADMITTED && pending != NULL &&
	    !can_answer(&s->subscribers, conn->conns, p))
		result = ADMISSION_REFUSED;
	if (result != ADMITTED)
		pending_request_free(pending);
	else if (pending == NULL)
		serve(s, conn, &a);
	else
		authorizer_grant(s->authorizer, conn,
				 &s->subscribers.fanouts.chain, pending, &a);
	admission_free(&a);
	return result;
}

void
subscribing_data(void *arg, struct conn *conn, const uint8_t *bytes, size_t len)
{
	struct subscriber *s = conn->owner;

	(void)arg;
	s->all->kind->data(s, bytes, len);
}

void
subscribing_drained(void *arg, struct conn *conn)
{
	(void)arg;
	subscriber_wake(conn->owner);
}

void
subscribing_closed(void *arg, struct conn *conn)
{
	(void)arg;
	subscriber_closed(conn->owner);
}

/* --- its life ------------------------------------------------------------- */

static void
open_subscribers(struct subscribing *s, const struct subscribing_options *o)
{
	struct subscribers *all = &s->subscribers;

	all->technique = o->technique;
	all->conf = o->conf;
	all->keys = o->keys;
	all->limits = o->limits;
	all->events = &s->events;
	all->kicks = &s->kicker.kicks;
	all->wheel = o->wheel;
	all->held_max = o->held_max;
	subscribers_init(all, &s->channels);
}

void
subscribing_open(struct subscribing *s, struct ev_loop *loop,
		 const struct subscribing_options *o)
{
	struct bus *bus;

	channels_open(&s->channels, loop, o->wheel, o->conf);
	bus = s->channels.common.bus;
	if (o->technique->duplex != NULL && conf_publish_ways(o->conf) != 0)
		bus_rights_to_publish(bus);
	s->authorizer = o->authorizer;
	s->admissions = (struct admissions){.technique = o->technique,
					    .conf = o->conf,
					    .keys = o->keys,
					    .kicker = &s->kicker};
	kicker_open(&s->kicker, bus, &s->subscribers);
	open_subscribers(s, o);
	subscriber_presence_listen(&s->events, &s->subscribers);
	hook_channel_open(&s->hook_channel, o->conf, bus, &s->events);
	hook_command_open(&s->hook_command, loop, o->hook_pipe, &s->events);
}

void
subscribing_close(struct subscribing *s)
{
	const struct technique_duplex *duplex =
	    s->subscribers.technique->duplex;

	if (duplex != NULL)
		duplex->stop();
	subscribers_free(&s->subscribers);
	kicker_close(&s->kicker);
	hook_command_close(&s->hook_command);
	channels_close(&s->channels);
}

void
subscribing_stop(struct subscribing *s)
{
	subscribers_stop(&s->subscribers);
	channels_stop(&s->channels);
}

bool
subscribing_is_settled(const struct subscribing *s)
{
	return channels_are_settled(&s->channels) &&
	       hook_channel_is_settled(&s->hook_channel);
}
