/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/batch.h"

#include <stdlib.h>
#include <string.h>

#include "shared/app/batch_response.h"
#include "shared/base/clock.h"
#include "shared/base/vec.h"
#include "shared/base/xalloc.h"
#include "shared/http/response.h"
#include "shared/stats/stats.h"

enum {
	SECOND_MS = 1000,
	GATHER_LATE_MS = 2 * SECOND_MS /* more than hold.gather may be */
};

/* What the response is made of. */
struct collected {
	struct batch_item *items; /* messages are references, the rest copies */
	size_t count, room;
	size_t bytes; /* of data */
	unsigned int wait_s;
	uint64_t sends_at; /* it waits for more until then; 0: it does not */
	bool head_only;
	char *if_none_match; /* or NULL */
};

struct batch_subscriber {
	struct subscriber base;	     /* first */
	struct collected *collected; /* NULL: LIVE */
	unsigned int retry_ms; /* its client is told to come back then; 0: not
				* told */
};

static const struct technique_batch *
technique_of(const struct subscriber *s)
{
	return s->all->technique->batch;
}

static struct collected *
collected_of(const struct subscriber *s)
{
	return ((const struct batch_subscriber *)s)->collected;
}

static unsigned int
retry_of(const struct subscriber *s)
{
	return ((const struct batch_subscriber *)s)->retry_ms;
}

static void
set_retry(struct subscriber *s, unsigned int ms)
{
	((struct batch_subscriber *)s)->retry_ms = ms;
}

/* --- errors --------------------------------------------------------------- */

static void
respond_problem(struct subscriber *s, struct problem *p)
{
	p->cors = subscriber_format(s)->cors;
	response_problem(s->member.conn, subscriber_chain(s), s->all->technique,
			 p);
	subscriber_free(s);
}

static void
refuse(struct subscriber *s, struct problem *p)
{
	stats_refused_status(p->status);
	respond_problem(s, p);
}

static void
refuse_redis_down(struct subscriber *s)
{
	struct problem p;

	subscriber_redis_problem(&p);
	s->end_reason = END_REDIS;
	refuse(s, &p);
}

/* Nothing was sent yet, so the client is told as if it had come later. */
static void
kick(struct subscriber *s, const struct kick *kick, uint64_t ms)
{
	struct problem p;

	kicks_problem(&p, kick->kind, ms);
	s->end_reason = END_KICKED;
	stats_cut(STATS_CUT_KICKED);
	respond_problem(s, &p);
}

/* --- the response --------------------------------------------------------- */

/* What was collected, then the presence of each channel. Free with free(). */
static struct batch_item *
make_items(const struct subscriber *s, size_t *count)
{
	const struct collected *g = collected_of(s);
	struct presence *now[CHANNELS_MAX];
	size_t collected = g != NULL ? g->count : 0;
	size_t presences = fanout_presences(s->member.fanout, now);
	struct batch_item *items =
	    xcalloc(collected + presences + 1, sizeof(*items));

	if (collected > 0)
		memcpy(items, g->items, collected * sizeof(*items));
	for (size_t i = 0; i < presences; i++)
		items[collected + i].presence = now[i];
	*count = collected + presences;
	return items;
}

static void
put_items(const struct subscriber *s, struct response *response,
	  const struct batch *batch, struct buf *body, struct buf *etag)
{
	const struct collected *g = collected_of(s);

	response->retry_after = (batch->retry_ms + SECOND_MS - 1) / SECOND_MS;
	response->head_only = g != NULL && g->head_only;
	technique_of(s)->response(response->format, batch, body);
	if (!technique_of(s)->validates)
		return;
	response->etag = batch_put_etag(etag, batch);
	if (g != NULL && g->if_none_match != NULL &&
	    response_tag_matches(g->if_none_match, response->etag))
		response->status = 304;
}

/* Responds with what was collected, and frees. */
static void
respond(struct subscriber *s)
{
	struct chain *c = subscriber_chain(s);
	struct batch batch = {.retry_ms = retry_of(s)};
	struct batch_item *items = make_items(s, &batch.count);
	struct buf cursor, body, etag;
	struct response response = {.technique = s->all->technique,
				    .status = 200,
				    .format = subscriber_format(s),
				    .body = &body,
				    .is_private = s->is_private};

	buf_init(&cursor, SUBSCRIBER_TEXT_MAX);
	buf_init(&body, SUBSCRIBER_BYTES_MAX);
	buf_init(&etag, SUBSCRIBER_TEXT_MAX);
	batch.items = items;
	batch.cursor = subscriber_cursor(s, &cursor);
	put_items(s, &response, &batch, &body, &etag);
	c->bad = !buf_ok(&cursor) || !buf_ok(&etag);
	response_put(c, &response);
	conn_send(s->member.conn, c);
	chain_clear(c);
	buf_free(&cursor);
	buf_free(&body);
	buf_free(&etag);
	free(items);
	if (s->end_reason == END_LEFT)
		s->end_reason = END_ANSWERED;
	subscriber_end(s);
}

static void
respond_caught_up(struct subscriber *s)
{
	const char *nothing = technique_of(s)->nothing;
	struct problem p;

	if (nothing == NULL || collected_of(s)->count > 0) {
		respond(s);
		return;
	}
	problem_set(&p, 404, "%s", nothing);
	refuse(s, &p);
}

/* --- catching up ---------------------------------------------------------- */

static void
begin(void *owner)
{
	(void)owner;
}

/* The cursor after an item, unless its id is the cursor: in memory that is the
 * item's. */
static struct text
cursor_after(const struct subscriber *s, const struct batch_item *item)
{
	struct buf out;

	if (item->gap == NULL && !subscriber_format(s)->many)
		return (struct text){NULL, 0};
	buf_init(&out, SUBSCRIBER_TEXT_MAX);
	return subscriber_cursor(s, &out);
}

/* Adds an item; responds when the batch is full. False: it was freed. */
static bool
collect(struct subscriber *s, struct batch_item item)
{
	struct collected *g = collected_of(s);

	item.cursor = cursor_after(s, &item);
	g->items = vec_grow(g->items, g->count, &g->room, sizeof(*g->items));
	g->items[g->count++] = item;
	if (item.message != NULL)
		g->bytes += item.message->data.len;
	if (technique_of(s)->newest) /* it is given what is wanted */
		return true;
	if (g->count < subscriber_format(s)->limit)
		return true;
	respond(s);
	return false;
}

/* Responds when the batch has no room for it; the next one begins with it. */
static bool
takes(void *owner, const struct message *m)
{
	struct subscriber *s = owner;
	const struct collected *g = collected_of(s);

	if (g->bytes == 0 || g->bytes + m->data.len <= BATCH_BYTES)
		return true;
	respond(s);
	return false;
}

static bool
message(void *owner, struct message *m)
{
	stats_add(STATS_MESSAGES_OUT, 1);
	return collect(owner, (struct batch_item){.message = message_ref(m)});
}

static bool
gap(void *owner, const struct gap *g)
{
	struct gap *copy = xmalloc(sizeof(*copy));

	stats_add(STATS_GAPS, 1);
	*copy = *g;
	return collect(owner, (struct batch_item){.gap = copy});
}

static bool
more(void *owner)
{
	(void)owner;
	return true;
}

static void
free_collected(struct subscriber *s)
{
	struct collected *g = collected_of(s);
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; i < g->count; i++) {
		const struct batch_item *item = &g->items[i];

		message_unref((struct message *)(uintptr_t)item->message);
		free((struct gap *)(uintptr_t)item->gap);
		free((char *)(uintptr_t)item->cursor.bytes);
	}
	free(g->items);
	free(g->if_none_match);
	free(g);
	((struct batch_subscriber *)s)->collected = NULL;
}

/* The fanout will respond, or the timer. */
static void
hold(struct subscriber *s)
{
	uint64_t wait_ms = collected_of(s)->wait_s * 1000ull;

	subscriber_go_live(s);
	subscriber_end_in(s, wait_ms);
	subscriber_set_timer(s, wait_ms);
	free_collected(s);
}

/* The long-polls that were live get the messages of a busy channel together
 * (hold.gather). So does one that comes a moment later. The fanout wakes it. */
static bool
waits_for_more(struct subscriber *s)
{
	struct collected *g = collected_of(s);
	bool waited = g->sends_at != 0;

	if (!waited)
		g->sends_at = catch_up_sends_at(s->catch_up);
	if (g->sends_at == 0 || gather_is_over(g->sends_at))
		return false;
	if (!waited)
		subscriber_set_timer(s, GATHER_LATE_MS);
	return true;
}

static void
done(void *owner)
{
	struct subscriber *s = owner;
	const struct collected *g = collected_of(s);

	if (!subscriber_report_lost(s))
		return;
	if (g->wait_s > 0 && !s->held) {
		set_retry(s, subscriber_later_ms(s));
	} else if (g->wait_s > 0 && !s->catch_up->new_position) {
		if (g->count == 0) {
			hold(s);
			return;
		}
		if (waits_for_more(s))
			return;
	}
	respond_caught_up(s);
}

static void down(struct subscriber *s);

static void
failed(void *owner)
{
	down(owner);
}

/* --- its life ------------------------------------------------------------- */

static void
wait_for_redis(struct subscriber *s)
{
	subscriber_set_timer(s, s->all->conf->bus_timeout * 1000ull);
}

static void
start(struct subscriber *s, const struct params *params)
{
	struct collected *g = xcalloc(1, sizeof(*g));

	((struct batch_subscriber *)s)->collected = g;
	subscriber_expire(s, params->access_result.expires);
	s->catch_up->page = subscriber_format(s)->limit;
	g->wait_s = technique_of(s)->waits ? params->wait : 0;
	g->head_only = params->head_only;
	if (technique_of(s)->validates && params->if_none_match[0] != '\0')
		g->if_none_match = xstrdup(params->if_none_match);
	if (subscriber_redis_is_down(s)) {
		refuse_redis_down(s);
		return;
	}
	s->catch_up->fresh = !params->newest && (g->wait_s == 0 || !s->held);
	wait_for_redis(s);
	subscriber_wake(s);
}

/* It waits for more, and has what can be sent. */
static bool
has_enough(const struct subscriber *s)
{
	return s->state == SUBSCRIBER_CATCHING_UP &&
	       collected_of(s)->sends_at != 0;
}

static void
down(struct subscriber *s)
{
	if (has_enough(s))
		respond(s);
	else
		refuse_redis_down(s);
}

/* A right may expire before Redis has told where the client stands. A batch
 * that lacks a cursor is not held: it is answered as soon as it has one. */
static void
timer(struct subscriber *s)
{
	bool over = s->end_at != 0 && s->end_at <= clock_ms();

	if (s->state == SUBSCRIBER_LIVE || has_enough(s) ||
	    (over && subscriber_has_cursor(s))) {
		respond(s);
	} else if (over) {
		s->end_at = 0;
		wait_for_redis(s);
	} else {
		refuse_redis_down(s);
	}
}

/* A long-poll that is still catching up has got what was collected, and goes on
 * from there. Whoever does not wait gets its response, unless Redis is slow. */
static void
stop(struct subscriber *s)
{
	if (s->state == SUBSCRIBER_LIVE ||
	    (collected_of(s)->wait_s > 0 && !s->catch_up->new_position)) {
		s->end_reason = END_STOPPED;
		set_retry(s, s->held ? SUBSCRIBER_RETRY_AFTER * SECOND_MS
				     : subscriber_later_ms(s));
		respond(s);
	} else {
		subscriber_set_timer(s, s->all->conf->hold_drain *
					    (SECOND_MS / 2ull));
	}
}

static const struct catch_up_handler catch_up_handler = {
    .begin = begin,
    .takes = takes,
    .message = message,
    .gap = gap,
    .more = more,
    .done = done,
    .failed = failed,
};

const struct subscriber_kind batch_kind = {
    .size = sizeof(struct batch_subscriber),
    .start = start,
    .catch_up = &catch_up_handler,
    .timer = timer,
    .down = down,
    .stop = stop,
    .kick = kick,
    .free = free_collected,
};
