/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/front_silence.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/clock.h"

enum { SLACK = 1500 /* ms; a heartbeat is at most a second late */ };

void
front_silence_begin(struct front *f)
{
	unsigned int wait = front_patience(f);
	char query[sizeof(f->silent) + 64];

	if (wait == 0)
		return;
	if (f->reached[FRONT_SSE])
		f->silent_stream = front_get(f, FRONT_SSE, f->silent, NULL);
	if (wait > f->conf.hold_wait)
		wait = f->conf.hold_wait;
	snprintf(query, sizeof(query), "%s&since=0&wait=%u", f->silent, wait);
	if (f->reached[FRONT_LONGPOLL])
		f->silent_poll = front_get(f, FRONT_LONGPOLL, query, NULL);
}

/* --- what happened -------------------------------------------------------- */

static unsigned int
seconds(const struct exchange *e)
{
	uint64_t ms = exchange_ended_ms(e) - exchange_began_ms(e);

	return (unsigned int)((ms + 500) / 1000);
}

static const struct front_lines remedies = {
    .of = {[FRONT_APACHE] = "# mod_proxy_fcgi, in each ProxyPass line:\n"
			    "timeout=90\n"
			    "# mod_fcgid:\n"
			    "FcgidIOTimeout 90\n"
			    "# mod_cgid:\n"
			    "CGIDScriptTimeout 90",
	   [FRONT_LIGHTTPD] = "server.max-write-idle = 360",
	   [FRONT_NGINX] = "proxy_read_timeout 3600s;\n"
			   "fastcgi_read_timeout 3600s;"}};

static void
judge_stream(struct front *f)
{
	unsigned int beat = f->conf.hold_beat,
		     after = seconds(f->silent_stream);

	if (exchange_status(f->silent_stream) != 200 ||
	    exchange_has(f->silent_stream, "\n:\n") ||
	    after + 1 >= front_patience(f))
		return;
	doctor_error(f->doctor,
		     "sse: somebody cuts a stream that is silent for %u s, "
		     "before its heartbeat (hold.beat = %u): clients reconnect "
		     "all the time. Let the web server wait longer.",
		     after, beat);
	front_remedy(f, &remedies);
	doctor_note(f->doctor, "Or write a shorter hold.beat:");
	front_paste(f, "hold", "beat", after > 3 ? after / 3 : 1);
}

static void
judge_poll(struct front *f)
{
	unsigned int after = seconds(f->silent_poll);

	if (exchange_status(f->silent_poll) == 200 &&
	    exchange_has(f->silent_poll, "\"messages\""))
		return;
	if (exchange_status(f->silent_poll) == 429)
		return; /* a limit of ours */
	doctor_error(
	    f->doctor,
	    "longpoll: somebody ends a response that has not begun "
	    "after %u s (status %ld). hold.wait is %u: let the web server wait "
	    "longer.",
	    after, exchange_status(f->silent_poll), f->conf.hold_wait);
	front_remedy(f, &remedies);
	doctor_note(f->doctor, "Or write a shorter hold.wait:");
	front_paste(f, "hold", "wait", after > 2 ? after - 2 : 1);
}

/* Until the wait is over, or somebody ended both. */
static bool
both_ended(const void *arg)
{
	const struct front *f = arg;

	return (f->silent_stream == NULL || exchange_ended(f->silent_stream)) &&
	       (f->silent_poll == NULL || exchange_ended(f->silent_poll));
}

void
front_silence_end(struct front *f)
{
	struct exchange *first =
	    f->silent_stream != NULL ? f->silent_stream : f->silent_poll;
	unsigned int all = 1000 * front_patience(f) + SLACK;
	uint64_t passed;

	if (first == NULL)
		return;
	doctor_progress(f->doctor,
			"Waiting for a silent response: --patience 0 does not");
	passed = clock_ms() - exchange_began_ms(first);
	if (passed < all)
		front_wait(f, both_ended, f, (unsigned int)(all - passed));
	if (f->silent_stream != NULL && exchange_ended(f->silent_stream))
		judge_stream(f);
	if (f->silent_poll != NULL && exchange_ended(f->silent_poll))
		judge_poll(f);
	if (f->silent_stream != NULL && !exchange_ended(f->silent_stream))
		doctor_ok(f->doctor,
			  "A stream that is silent between heartbeats is open "
			  "after %u s.",
			  front_patience(f));
}
