/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/front_leave.h"

#include <string.h>

#include "shared/base/clock.h"
#include "shared/bus/entries.h"

enum {
	LOOK = 500,    /* ms between two looks at the entries */
	ANSWER = 2000, /* ms */
	FIRST = 3000,  /* ms until a program that starts has an entry */
	SLACK = 1000   /* ms */
};

struct looking {
	const char *channel;
	bool done, known, listed;
};

/* --- is it listed? -------------------------------------------------------- */

/* The name is random, so it is in an entry only as that of a channel. */
static void
got_entries(void *arg, const struct entries *entries)
{
	struct looking *l = arg;
	size_t len = strlen(l->channel);

	l->done = true;
	l->known = entries->status == BUS_OK;
	for (size_t i = 0; i < entries->count; i++)
		if (memmem(entries->texts[i].bytes, entries->texts[i].len,
			   l->channel, len) != NULL)
			l->listed = true;
}

static bool
is_done(const void *arg)
{
	const struct looking *l = arg;

	return l->done;
}

/* Waits until the channel is listed, or is not any more. False: it took longer
 * than `ms`, or Redis does not answer. */
static bool
wait_listed(struct front *f, bool listed, unsigned int ms)
{
	uint64_t end = clock_ms() + ms;

	do {
		struct looking l = {.channel = f->left_channel};
		struct bus_call *call = entries_read(f->bus, got_entries, &l);

		if (call == NULL)
			return false;
		if (!front_wait(f, is_done, &l, ANSWER)) {
			bus_cancel(call);
			return false;
		}
		if (!l.known)
			return false;
		if (l.listed == listed)
			return true;
		front_pause(f, LOOK);
	} while (clock_ms() < end);
	return false;
}

/* --- what is said --------------------------------------------------------- */

static void
not_at_once(struct front *f)
{
	doctor_warn(f->doctor,
		    "A client that left is not noticed at once, but only when "
		    "a heartbeat cannot be written (hold.beat = %u): until "
		    "then it takes two descriptors of lighttpd and counts as "
		    "held.",
		    f->conf.hold_beat);
	front_remedy(f, &(const struct front_lines){
			    .of = {[FRONT_LIGHTTPD] =
				       "# in each entry of fastcgi.server:\n"
				       "\"tcp-fin-propagate\" => "
				       "\"enable\","}});
}

static bool
is_at_once(const struct front *f, bool noticed, uint64_t ms)
{
	return noticed &&
	       ms <= 2000 * (uint64_t)f->conf.status_interval + SLACK;
}

static void
say(struct front *f, bool noticed, uint64_t ms)
{
	if (is_at_once(f, noticed, ms))
		doctor_ok(f->doctor,
			  "A client that left is noticed within %u s.",
			  (unsigned int)((ms + 999) / 1000));
	else if (f->server == FRONT_LIGHTTPD)
		not_at_once(f);
	else if (noticed)
		doctor_note(f->doctor,
			    "A client that left is noticed after %u s, and "
			    "counts as held until then.",
			    (unsigned int)((ms + 999) / 1000));
	else
		doctor_note(f->doctor,
			    "A client that left is not noticed within %u s, "
			    "but at the second heartbeat that cannot be "
			    "written (hold.beat = %u); it counts as held until "
			    "then.",
			    front_patience(f), f->conf.hold_beat);
}

/* --- the check ------------------------------------------------------------ */

/* A client comes and leaves. False: it was not seen, and nothing is known. */
static bool
leaves(struct front *f, bool *noticed, uint64_t *ms)
{
	unsigned int interval = 1000 * f->conf.status_interval;
	struct exchange *e = front_get(f, FRONT_SSE, f->left, NULL);
	/* on a busy host it may not be among the channels that are listed */
	bool seen =
	    wait_listed(f, true, interval + FIRST) && !exchange_ended(e);
	uint64_t left_ms;

	exchange_leave(e);
	left_ms = clock_ms();
	if (!seen)
		return false;
	*noticed =
	    wait_listed(f, false, 1000 * front_patience(f) + interval + SLACK);
	*ms = clock_ms() - left_ms;
	return true;
}

void
front_leave(struct front *f)
{
	bool noticed;
	uint64_t ms;

	if (front_patience(f) == 0 || f->conf.status_interval == 0 ||
	    !f->reached[FRONT_SSE] || !leaves(f, &noticed, &ms))
		return;
	/* where it should be at once, it may be late once: a busy machine */
	if (f->server == FRONT_LIGHTTPD && noticed &&
	    !is_at_once(f, noticed, ms))
		leaves(f, &noticed, &ms);
	say(f, noticed, ms);
}
