/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/hub/fanouts.h"

#include <search.h>
#include <string.h>

#include "shared/base/xalloc.h"

/* --- the table ------------------------------------------------------------ */

/* A fanout begins with its set. Formats are stored once (formats.h). */
static int
compare_sets(const void *a, const void *b)
{
	const struct fanout_set *x = a, *y = b;
	int order = (x->format > y->format) - (x->format < y->format);
	size_t i;

	if (order == 0 && x->channel_count != y->channel_count)
		order = x->channel_count < y->channel_count ? -1 : 1;
	for (i = 0; order == 0 && i < x->channel_count; i++)
		order = strcmp(x->channels[i].bytes, y->channels[i].bytes);
	return order;
}

static void
remove_fanout(struct fanout *f)
{
	struct fanouts *all = f->all;
	const struct format *format = f->set.format;

	tdelete(f, &all->tree, compare_sets);
	LIST_REMOVE(f, link);
	fanout_free(f);
	formats_release(&all->formats, format);
}

static void
free_if_unused(struct fanout *f)
{
	if (f->loops == 0 && !f->queued && fanout_is_empty(f))
		remove_fanout(f);
}

/* --- waiting members ------------------------------------------------------ */

/* One of the waiting members or several may leave, or become live, in fn(). */
static void
each_waiting(struct fanout *f, void (*fn)(struct member *m, void *arg),
	     void *arg)
{
	size_t i;

	f->loops++;
	for (i = f->waiting.count; i-- > 0;)
		if (i < f->waiting.count)
			fn(f->waiting.at[i], arg);
	f->loops--;
	free_if_unused(f);
}

static void
wake(struct member *m, void *all)
{
	((struct fanouts *)all)->handler->wake(m);
}

static void
wake_waiting(struct fanout *f)
{
	f->released = false;
	each_waiting(f, wake, f->all);
}

/* --- sending -------------------------------------------------------------- */

static void
flush(struct fanout *f)
{
	fanout_send(f, &f->all->sender);
}

static void
enqueue(struct fanout *f)
{
	if (!f->queued)
		SLIST_INSERT_HEAD(&f->all->queue, f, queue_link);
	f->queued = true;
}

static void
send_queued(struct fanouts *all)
{
	struct fanout *f;

	all->time.sends = FANOUT_TIME_OLD;
	while ((f = SLIST_FIRST(&all->queue)) != NULL) {
		SLIST_REMOVE_HEAD(&all->queue, queue_link);
		flush(f);
		f->queued = false;
		if (f->released)
			wake_waiting(f);
		else
			free_if_unused(f);
	}
}

void
fanouts_flush(struct fanouts *all)
{
	gathers_release(&all->channels->common.gathers);
	send_queued(all);
}

/* --- what the channels deliver -------------------------------------------- */

static void
deliver(struct subscription *sub, struct delivery *d, bool waits)
{
	struct fanout *f = sub->owner;

	if (f->live.count == 0 ||
	    (d->presence != NULL && !f->set.format->presence))
		return;
	fanout_add_pending(f, d, sub->number);
	if (!waits)
		enqueue(f);
}

/* Long-polls that found messages wait like those that are live. */
static void
release(struct subscription *sub)
{
	struct fanout *f = sub->owner;

	f->released = f->all->technique->batch != NULL && f->waiting.count > 0;
	if (f->pending_count > 0 || f->released)
		enqueue(f);
}

static void
ready(struct subscription *sub)
{
	wake_waiting(sub->owner);
}

static void
tell_down(struct member *m, void *all)
{
	((struct fanouts *)all)->handler->down(m);
}

static void
down(struct subscription *sub)
{
	struct fanout *f = sub->owner;

	each_waiting(f, tell_down, f->all);
}

static const struct subscription_handler subscription_handler = {
    .deliver = deliver,
    .release = release,
    .ready = ready,
    .down = down,
};

/* --- their life ----------------------------------------------------------- */

static void
turn_ends(struct ev_loop *loop, ev_prepare *watcher, int revents)
{
	(void)loop;
	(void)revents;
	send_queued(watcher->data);
}

void
fanouts_init(struct fanouts *all, const struct technique *technique,
	     struct channels *channels, const struct fanout_handler *handler)
{
	memset(all, 0, sizeof(*all));
	all->technique = technique;
	all->channels = channels;
	all->handler = handler;
	LIST_INIT(&all->list);
	SLIST_INIT(&all->queue);
	chain_init(&all->chain);
	all->sender = (struct fanout_sender){.technique = technique,
					     .handler = handler,
					     .scratch = &all->chain,
					     .time = &all->time};
	ev_prepare_init(&all->turn_end, turn_ends);
	ev_set_priority(&all->turn_end, EV_MAXPRI);
	all->turn_end.data = all;
	ev_prepare_start(channels->loop, &all->turn_end);
}

void
fanouts_free(struct fanouts *all)
{
	struct fanout *f;

	ev_prepare_stop(all->channels->loop, &all->turn_end);
	while ((f = LIST_FIRST(&all->list)) != NULL)
		remove_fanout(f);
	chain_free(&all->chain);
}

/* --- members -------------------------------------------------------------- */

static struct fanout *
find_or_make(struct fanouts *all, const struct fanout_set *set)
{
	struct fanout_set key = *set;
	void *const *node;
	struct fanout *f;

	key.format = formats_get(&all->formats, set->format);
	node = tfind(&key, &all->tree, compare_sets);
	if (node != NULL) {
		formats_release(&all->formats, key.format);
		return *node;
	}
	f = fanout_new(&key, all->channels, &subscription_handler);
	f->all = all;
	if (tsearch(f, &all->tree, compare_sets) == NULL)
		xalloc_failed();
	LIST_INSERT_HEAD(&all->list, f, link);
	return f;
}

void
fanouts_enter(struct fanouts *all, const struct fanout_set *set,
	      struct member *m)
{
	fanout_add(find_or_make(all, set), m);
}

void
fanouts_join(struct member *m)
{
	struct fanouts *all = m->fanout->all;

	if (all->technique->batch != NULL) {
		/* the others get one response, without it */
		all->time.sends = FANOUT_TIME_OLD;
		flush(m->fanout);
	}
	fanout_make_live(m);
}

void
fanouts_settle(struct member *m)
{
	struct fanouts *all;

	if (!m->live || m->ahead == m->fanout->pending_count)
		return;
	all = m->fanout->all;
	all->time.sends = FANOUT_TIME_OLD;
	fanout_send_to(m, &all->sender);
}

void
fanouts_leave(struct member *m)
{
	struct fanout *f = m->fanout;

	if (f == NULL)
		return;
	fanout_remove(m);
	free_if_unused(f);
}

void
fanouts_each(struct fanouts *all, void (*fn)(struct member *m, void *arg),
	     void *arg)
{
	struct fanout *f, *next;
	size_t i;

	for (f = LIST_FIRST(&all->list); f != NULL; f = next) {
		next = LIST_NEXT(f, link);
		f->loops++;
		for (i = f->live.count; i-- > 0;)
			fn(f->live.at[i], arg);
		f->loops--;
		each_waiting(f, fn, arg);
	}
}
