/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/subscribers.h"

#include "shared/app/batch.h"
#include "shared/app/batch_response.h"
#include "shared/app/duplex.h"
#include "shared/app/stream.h"
#include "shared/base/log.h"
#include "shared/technique.h"

static const struct subscriber_kind *
kind_of(const struct technique *t)
{
	if (t->duplex != NULL)
		return &duplex_kind;
	return t->stream != NULL ? &stream_kind : &batch_kind;
}

/* --- from the fanouts ----------------------------------------------------- */

static void
wake(struct member *m)
{
	subscriber_wake((struct subscriber *)m);
}

static void
down(struct member *m)
{
	struct subscriber *s = (struct subscriber *)m;

	s->all->kind->down(s);
}

static void
responded(struct member *m)
{
	struct subscriber *s = (struct subscriber *)m;

	s->end_reason = END_ANSWERED;
	subscriber_free(s);
}

static const struct fanout_handler fanout_handler = {
    .wake = wake,
    .down = down,
    .respond = batch_respond,
    .responded = responded,
};

/* --- start and end -------------------------------------------------------- */

void
subscribers_init(struct subscribers *all, struct channels *channels)
{
	all->kind = kind_of(all->technique);
	all->bus = channels->common.bus;
	all->held = 0;
	if (!technique_holds(all->technique))
		all->held_max = 0;
	fanouts_init(&all->fanouts, all->technique, channels, &fanout_handler);
}

void
subscribers_free(struct subscribers *all)
{
	fanouts_free(&all->fanouts);
}

void
subscribers_start(struct subscribers *all, struct conn *conn,
		  const struct params *params, const struct client_id *client)
{
	struct subscriber *s = subscriber_new(all, conn, params, client);

	log_debug("subscriber_start", "client=%s channel=%s channels=%zu",
		  client->address, params->channels[0].bytes,
		  params->channel_count);
	all->kind->start(s, params);
}

static void
stop(struct member *m, void *arg)
{
	struct subscriber *s = (struct subscriber *)m;

	(void)arg;
	s->all->kind->stop(s);
}

void
subscribers_stop(struct subscribers *all)
{
	all->held_max = 0;
	all->stopping = true;
	fanouts_flush(&all->fanouts);
	fanouts_each(&all->fanouts, stop, NULL);
}
