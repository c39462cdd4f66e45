/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/status/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/vec.h"
#include "shared/base/xalloc.h"

/* --- entries -------------------------------------------------------------- */

void
status_begin(struct status *s, const char *host, uint64_t now, uint64_t late)
{
	*s = (struct status){.now = now, .late = late};
	snprintf(s->host, sizeof(s->host), "%.*s", (int)sizeof(s->host) - 1,
		 host);
}

void
status_add(struct status *s, struct text json)
{
	if (s->count == STATUS_PROCESSES_MAX) {
		s->left_out++;
		return;
	}
	s->processes =
	    vec_grow(s->processes, s->count, &s->room, sizeof(*s->processes));
	if (status_process_read(&s->processes[s->count], &s->channels, json))
		s->count++;
	else
		s->unreadable++;
}

bool
status_is_here(const struct status *s, const struct status_process *p)
{
	return strcmp(p->host, s->host) == 0 &&
	       (p->boot[0] == '\0' || s->boot[0] == '\0' ||
		strcmp(p->boot, s->boot) == 0);
}

bool
status_keep(struct status *s, const struct status_process *p)
{
	if (s->count == STATUS_PROCESSES_MAX)
		return false;
	s->processes =
	    vec_grow(s->processes, s->count, &s->room, sizeof(*s->processes));
	s->processes[s->count++] = *p;
	return true;
}

void
status_free(struct status *s)
{
	status_channels_free(&s->channels);
	free(s->processes);
	free(s->hosts);
	free(s->programs);
	*s = (struct status){.count = 0};
}

/* --- channels ------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	const struct status_channel *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
by_held(const void *a, const void *b)
{
	const struct status_channel *x = a, *y = b;

	if (x->held != y->held)
		return x->held < y->held ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* Each process knows the presence of all; the newest counts. */
static void
add_channel(struct status_channel *sum, const struct status_channel *c)
{
	sum->held += c->held;
	if (c->at > sum->at) {
		sum->present = c->present;
		sum->at = c->at;
	}
}

/* Each channel once, and of those the first. */
static void
merge_channels(struct status_channels *channels)
{
	struct status_channel *at = channels->at;
	size_t count = 0;

	if (channels->count == 0)
		return;
	qsort(at, channels->count, sizeof(*at), by_name);
	for (size_t i = 1; i < channels->count; i++) {
		if (strcmp(at[count].name, at[i].name) == 0) {
			add_channel(&at[count], &at[i]);
			free(at[i].name);
		} else {
			at[++count] = at[i];
		}
	}
	channels->count = count + 1;
	qsort(at, channels->count, sizeof(*at), by_held);
	while (channels->count > STATUS_TOP_MAX)
		free(at[--channels->count].name);
}

/* --- what is wrong -------------------------------------------------------- */

/* Its own clock says both times. One that has just begun has proved nothing
 * yet. */
static bool
is_deaf(const struct status *s, const struct status_process *p)
{
	uint64_t since = p->proved > 0 ? p->proved : p->started * 1000;

	return p->at > since && p->at - since > p->audit * 1000 + s->late;
}

/* Both times are those of Redis' clock, but in the first entry of a process,
 * which does not know that yet: where its own is behind, it is late until the
 * second. It is gone after three intervals, so it is late after the half of
 * that. */
static bool
is_silent(const struct status *s, const struct status_process *p)
{
	return p->interval > 0 && s->now > p->at &&
	       s->now - p->at > p->interval * 1500 + 500;
}

/* False: nothing is wrong with it. One that ends may have closed its
 * subscription already. */
static bool
find_trouble(const struct status *s, const struct status_process *p,
	     char out[STATUS_SENTENCE_SIZE])
{
	if (p->is_ending)
		return false;
	if (is_silent(s, p))
		snprintf(out, STATUS_SENTENCE_SIZE,
			 "has not said for %" PRIu64 " seconds how it is: "
			 "it hangs, was stopped or killed, or has lost Redis",
			 (s->now - p->at) / 1000);
	else if (!p->up)
		snprintf(out, STATUS_SENTENCE_SIZE,
			 "has no connection to Redis");
	else if (p->subscribes && !p->subscription)
		snprintf(out, STATUS_SENTENCE_SIZE,
			 "is deaf: Redis has not confirmed its subscription");
	else if (p->subscribes && is_deaf(s, p))
		snprintf(
		    out, STATUS_SENTENCE_SIZE,
		    "is deaf: for %" PRIu64 " seconds no message has "
		    "been seen to arrive",
		    (p->at - (p->proved > 0 ? p->proved : p->started * 1000)) /
			1000);
	else
		return false;
	return true;
}

static void
note_trouble(struct status *s, const struct status_process *p, bool is_here,
	     const char *what)
{
	struct status_trouble *t = &s->troubles[s->trouble_count];

	if (s->trouble_count == STATUS_TROUBLES_MAX)
		return;
	s->trouble_count++;
	t->process = p;
	t->is_here = is_here;
	snprintf(t->sentence, sizeof(t->sentence),
		 "%s (pid %" PRIu64 ") on %s %s%s%s.", p->program, p->pid,
		 p->host, what, p->fault[0] != '\0' ? ": " : "", p->fault);
}

/* --- sums ----------------------------------------------------------------- */

static int
by_place(const void *a, const void *b)
{
	const struct status_process *x = a, *y = b;
	int order = strcmp(x->host, y->host);

	if (order == 0)
		order = strcmp(x->program, y->program);
	if (order == 0)
		order = (x->pid > y->pid) - (x->pid < y->pid);
	return order != 0 ? order : strcmp(x->id, y->id);
}

static bool
is_in(const struct status_group *group, const struct status_process *p)
{
	return strcmp(group->host, p->host) == 0 &&
	       (group->program == NULL ||
		strcmp(group->program, p->program) == 0);
}

/* The processes are sorted, so it is in the last group or in a new one. There
 * is room for as many as there are processes. */
static void
add_to(struct status_group *groups, size_t *count,
       const struct status_process *p, bool by_program, bool is_troubled)
{
	struct status_group *last;

	if (*count == 0 || !is_in(&groups[*count - 1], p))
		groups[(*count)++] = (struct status_group){
		    .host = p->host, .program = by_program ? p->program : NULL};
	last = &groups[*count - 1];
	status_numbers_add(&last->n, &p->n);
	last->troubled += is_troubled;
}

/* Adds the troubles of this host, or of the others. */
static void
find_troubles(struct status *s, bool here)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct status_process *p = &s->processes[i];
		char what[STATUS_SENTENCE_SIZE];
		bool is_here = status_is_here(s, p);

		if (is_here != here || !find_trouble(s, p, what))
			continue;
		s->troubled++;
		s->troubled_here += is_here;
		note_trouble(s, p, is_here, what);
	}
}

void
status_finish(struct status *s)
{
	merge_channels(&s->channels);
	if (s->count == 0)
		return;
	qsort(s->processes, s->count, sizeof(*s->processes), by_place);
	s->hosts = xcalloc(s->count, sizeof(*s->hosts));
	s->programs = xcalloc(s->count, sizeof(*s->programs));
	for (size_t i = 0; i < s->count; i++) {
		const struct status_process *p = &s->processes[i];
		char what[STATUS_SENTENCE_SIZE];
		bool is_troubled = find_trouble(s, p, what);

		status_numbers_add(&s->all, &p->n);
		add_to(s->hosts, &s->host_count, p, false, is_troubled);
		add_to(s->programs, &s->program_count, p, true, is_troubled);
	}
	find_troubles(s, true);
	find_troubles(s, false);
}

bool
status_is_well(const struct status *s)
{
	return s->fault[0] == '\0' && s->troubled == 0;
}

bool
status_is_healthy(const struct status *s)
{
	return s->fault[0] == '\0' && s->canary[0] == '\0' &&
	       s->troubled_here == 0;
}
