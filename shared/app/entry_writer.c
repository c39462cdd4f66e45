/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/entry_writer.h"

#include <stdlib.h>
#include <unistd.h>

#include "shared/base/attributes.h"
#include "shared/base/clock.h"
#include "shared/base/proc.h"
#include "shared/bus/bus.h"
#include "shared/bus/entries.h"
#include "shared/conf/conf.h"
#include "shared/stats/memory.h"

static const double AGAIN_S = 1.; /* the first, and after one that failed */

static bool
write_entry(const struct entry_writer *w)
{
	unsigned int interval = w->entry.dispatch->conf->status_interval;
	char *json;
	bool sent;

	if (!bus_is_up(w->bus))
		return false;
	json = entry_json(&w->entry);
	sent = json != NULL &&
	       entries_write(w->bus, w->entry.id, json, ENTRY_LIVES * interval);
	free(json);
	return sent;
}

static void
is_due(struct ev_loop *loop, ev_timer *timer, UNUSED int revents)
{
	struct entry_writer *w = timer->data;

	timer->repeat =
	    write_entry(w) ? w->entry.dispatch->conf->status_interval : AGAIN_S;
	ev_timer_again(loop, timer);
}

void
entry_writer_start(struct entry_writer *w, struct ev_loop *loop,
		   struct dispatch *dispatch, const struct conns *conns)
{
	const struct conf *conf = dispatch->conf;

	if (conf->status_interval == 0 || conf->stand_in)
		return;
	*w = (struct entry_writer){
	    .loop = loop, .bus = dispatch->bus, .is_on = true};
	if (w->bus == NULL)
		w->bus = w->own_bus = bus_open(loop, conf, NULL, NULL);
	w->entry = (struct entry){.dispatch = dispatch,
				  .conns = conns,
				  .bus = w->bus,
				  .started = clock_unix()};
	entry_id(w->entry.id);
	proc_boot(w->entry.boot);
	w->entry.ticks = proc_start((uint64_t)getpid());
	memory_open();
	loop_lag_start(&w->lag, loop);
	ev_timer_init(&w->timer, is_due, AGAIN_S, AGAIN_S);
	w->timer.data = w;
	ev_timer_start(loop, &w->timer);
}

void
entry_writer_end(struct entry_writer *w)
{
	if (!w->is_on)
		return;
	w->entry.is_ending = true;
	is_due(w->loop, &w->timer, 0);
}

bool
entry_writer_stop(struct entry_writer *w)
{
	if (!w->is_on)
		return false;
	w->is_on = false;
	ev_timer_stop(w->loop, &w->timer);
	loop_lag_stop(&w->lag);
	return entries_remove(w->bus, w->entry.id);
}

void
entry_writer_close(struct entry_writer *w)
{
	(void)entry_writer_stop(w);
	bus_close(w->own_bus);
	w->own_bus = NULL;
}
