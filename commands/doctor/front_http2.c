/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/front_http2.h"

#include <string.h>

enum {
	STREAMS = 8,  /* a browser with eight tabs */
	HEADS = 4000, /* ms */
	ANSWER = 4000 /* ms */
};

static bool
all_headed(const void *arg)
{
	struct exchange *const *all = arg;

	for (size_t i = 0; i < STREAMS; i++)
		if (!exchange_headed(all[i]))
			return false;
	return true;
}

static size_t
count_open(struct exchange *const *all)
{
	size_t open = 0;

	for (size_t i = 0; i < STREAMS; i++)
		open += exchange_headed(all[i]) && !exchange_ended(all[i]);
	return open;
}

static void
say(struct front *f, size_t open, bool answered)
{
	if (answered) {
		doctor_note(f->doctor,
			    "Over HTTP/2 one connection held %zu of %d "
			    "streams, and other requests were answered beside "
			    "them.",
			    open, STREAMS);
		return;
	}
	doctor_error(f->doctor,
		     "Over HTTP/2 a connection with %zu streams answers no "
		     "other request: a visitor with that many tabs cannot use "
		     "the site. Hold fewer of a connection.",
		     open);
	front_paste(f, "limit", "connection_held", 4);
}

static struct exchange *
ask(struct front *f, int technique, const char *query)
{
	const struct exchange_request r = {0};

	return front_ask_among(f, f->shared, technique, query, &r);
}

static void
fill_connection(struct front *f)
{
	struct exchange *all[STREAMS], *other = ask(f, FRONT_SSE, "");

	/* it makes the connection that the others share */
	front_wait_end(f, other, ANSWER);
	if (!exchange_is_http2(other)) {
		doctor_note(f->doctor,
			    "The web server offers no HTTP/2: a browser opens "
			    "six connections at most, and each stream takes "
			    "one.");
		return;
	}
	for (size_t i = 0; i < STREAMS; i++)
		all[i] = ask(f, FRONT_SSE, f->query);
	front_wait(f, all_headed, all, HEADS);
	other = ask(f, FRONT_POLL, "");
	say(f, count_open(all), front_wait_end(f, other, ANSWER));
}

void
front_http2(struct front *f)
{
	if (strncmp(f->url, "https:", 6) != 0 || !f->reached[FRONT_SSE])
		return;
	f->shared = exchanges_open(true);
	fill_connection(f);
	exchanges_close(f->shared);
	f->shared = NULL;
}
