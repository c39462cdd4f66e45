/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/spool/spool.h"

#include <stdlib.h>

#include "shared/base/log.h"
#include "shared/base/xalloc.h"
#include "shared/bus/bus.h"
#include "shared/conf/conf_print.h"
#include "shared/model/cursor.h"
#include "shared/model/random_key.h"

struct spool_call {
	LIST_ENTRY(spool_call) link; /* of spool->behind */
	struct spool *spool;
	bus_published_fn *fn;
	void *arg;
	uint64_t number; /* in the spool */
	uint64_t began_ms;
	bool others_wait; /* messages of other channels are in the spool */
	struct publication publication;
	char key[RANDOM_KEY_SIZE];
	char texts[]; /* of the publication, each with a NUL */
};

static void
finish(struct spool_call *call, const struct publish_result *result)
{
	call->fn(call->arg, result);
	free(call);
}

static void
finish_spooled(struct spool_call *call)
{
	finish(call, &(struct publish_result){.status = PUBLISHED_SPOOLED});
}

/* --- sending what is there ------------------------------------------------ */

static void
message_sent(void *arg, uint64_t number, struct id id)
{
	struct spool *s = arg;
	struct spool_call *call;

	LIST_FOREACH(call, &s->behind, link)
		if (call->number == number)
			break;
	if (call == NULL)
		return;
	LIST_REMOVE(call, link);
	finish(call,
	       &(struct publish_result){.status = PUBLISHED_STORED, .id = id});
}

/* Those that are still in the spool. */
static void
finish_behind(struct spool *s)
{
	struct spool_call *call;

	while ((call = LIST_FIRST(&s->behind)) != NULL) {
		LIST_REMOVE(call, link);
		finish_spooled(call);
	}
}

static void
flush_done(void *arg, enum spool_flush_end end)
{
	struct spool *s = arg;

	finish_behind(s);
	if (s->flushed != NULL)
		s->flushed(s->arg, end);
}

bool
spool_is_sending(const struct spool *s)
{
	return s->flush.running;
}

void
spool_send(struct spool *s)
{
	s->flush.bus = s->bus;
	spool_flush_start(&s->flush);
}

static bool
may_reach_redis(const struct spool *s)
{
	return bus_is_up(s->bus) || bus_is_starting(s->bus);
}

/* --- a publication -------------------------------------------------------- */

static bool
add(struct spool_call *call, uint64_t tried_ms)
{
	struct spool *s = call->spool;

	if (spool_folder_add(&s->folder, &call->publication, tried_ms,
			     s->conf->publish_spool_max, &call->number))
		return true;
	log_error("spool_error", "reason=\"%s\"", s->folder.error);
	return false;
}

static void
published(void *arg, const struct publish_result *result)
{
	struct spool_call *call = arg;
	struct spool *s = call->spool;

	switch (result->status) {
	case PUBLISHED_NOT_STORED:
		if (result->temporary && add(call, 0))
			finish_spooled(call);
		else
			finish(call, result);
		return;
	case PUBLISHED_UNKNOWN:
		if (add(call, call->began_ms))
			finish_spooled(call);
		else
			finish(call, result);
		return;
	case PUBLISHED_STORED:
	case PUBLISHED_SEEN:
	case PUBLISHED_SPOOLED:
		if (call->others_wait)
			spool_send(s);
		finish(call, result);
		return;
	}
}

/* Messages of the channel are in the spool: the new one goes behind them. */
static void
publish_behind(struct spool_call *call)
{
	struct spool *s = call->spool;

	if (!add(call, 0)) {
		finish(call,
		       &(struct publish_result){.status = PUBLISHED_NOT_STORED,
						.reason = s->folder.error,
						.temporary = true});
		return;
	}
	if (!may_reach_redis(s)) {
		finish_spooled(call);
		return;
	}
	LIST_INSERT_HEAD(&s->behind, call, link);
	spool_send(s);
}

static void
publish_away(struct spool_call *call)
{
	char reason[CONF_REDIS_REASON];

	if (add(call, 0)) {
		finish_spooled(call);
		return;
	}
	conf_say_redis(reason, call->spool->conf,
		       "Redis cannot be reached: ", ".");
	finish(call, &(struct publish_result){.status = PUBLISHED_NOT_STORED,
					      .reason = reason,
					      .temporary = true});
}

static struct spool_call *
new_call(const struct publication *p)
{
	struct spool_call *call = xmalloc(sizeof(*call) + publication_size(p));

	*call = (struct spool_call){.began_ms = spool_now_ms()};
	publication_copy(&call->publication, call->texts, p);
	if (p->key.bytes == NULL) {
		random_key(call->key);
		call->publication.key = text_of(call->key);
	}
	return call;
}

void
spool_publish(struct spool *s, const struct publication *publication,
	      bus_published_fn *fn, void *arg)
{
	struct spool_call *call = new_call(publication);
	enum spool_waiting waiting =
	    spool_folder_waiting(&s->folder, cursor_tag(publication->channel));

	call->others_wait = waiting != SPOOL_NONE_WAITS;
	call->spool = s;
	call->fn = fn;
	call->arg = arg;
	if (waiting == SPOOL_CHANNEL_WAITS)
		publish_behind(call);
	else if (!may_reach_redis(s))
		publish_away(call);
	else
		bus_publish(s->bus, &call->publication, published, call);
}

/* --- open and close ------------------------------------------------------- */

bool
spool_open(struct spool *s, const struct conf *conf, const char *path)
{
	*s = (struct spool){.conf = conf};
	LIST_INIT(&s->behind);
	s->flush.conf = conf;
	s->flush.folder = &s->folder;
	s->flush.sent = message_sent;
	s->flush.done = flush_done;
	s->flush.arg = s;
	spool_flush_init(&s->flush);
	return spool_folder_open(&s->folder, path);
}

void
spool_close(struct spool *s)
{
	finish_behind(s);
	spool_flush_free(&s->flush);
	spool_folder_close(&s->folder);
}
