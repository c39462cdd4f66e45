/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/front_delivery.h"

#include <stdio.h>
#include <string.h>

#include "commands/doctor/front_kept_back.h"
#include "shared/base/clock.h"
#include "shared/base/xalloc.h"
#include "shared/model/random_key.h"

enum {
	HEADS = 5000,  /* ms; mod_fcgid starts a program a second */
	AT_ONCE = 2000 /* ms; how late a message may be */
};

static const int held[] = {FRONT_SSE, FRONT_STREAM, FRONT_IFRAME,
			   FRONT_WEBSOCKET, FRONT_LONGPOLL};
enum { HELD = sizeof(held) / sizeof(held[0]) };

struct reading {
	struct exchange *of[HELD]; /* NULL: not reached, or left */
	const char *marker;	   /* what must arrive */
};

/* --- opening -------------------------------------------------------------- */

static struct exchange *
open_websocket(struct front *f, const char *query)
{
	static const char *const upgrade[] = {
	    "Connection: Upgrade", "Upgrade: websocket",
	    "Sec-WebSocket-Version: 13",
	    "Sec-WebSocket-Key: cHVzaC1kb2N0b3Igc2F5cw==", NULL};
	const struct exchange_request r = {.headers = upgrade, .http1 = true};

	return front_ask(f, FRONT_WEBSOCKET, query, &r);
}

/* A browser asks for compression. */
static struct exchange *
open_stream(struct front *f, int technique, const char *query)
{
	const struct exchange_request r = {.compressed = true};

	return front_ask(f, technique, query, &r);
}

/* With a cursor, so that a long-poll waits, and no message is missed between
 * the begin of a response and its subscription: that of the newest message. */
static struct exchange *
open_one(struct front *f, int technique)
{
	char query[sizeof(f->query) + 128], cursor[ID_TEXT_SIZE];

	id_format(cursor, f->ids[f->published - 1]);
	snprintf(query, sizeof(query), "%s&since=%s%s", f->query, cursor,
		 technique == FRONT_LONGPOLL ? "&wait=20"
		 : technique == FRONT_IFRAME ? "&callback=doctor"
					     : "");
	return technique == FRONT_WEBSOCKET ? open_websocket(f, query)
					    : open_stream(f, technique, query);
}

/* --- waiting -------------------------------------------------------------- */

static bool
streams_headed(const void *arg)
{
	const struct reading *r = arg;

	for (size_t i = 0; i < HELD; i++)
		if (r->of[i] != NULL && held[i] != FRONT_LONGPOLL &&
		    !exchange_headed(r->of[i]))
			return false;
	return true;
}

/* A long-poll has one response. */
static bool
all_have(const void *arg)
{
	const struct reading *r = arg;

	for (size_t i = 0; i < HELD; i++)
		if (r->of[i] != NULL && !exchange_ended(r->of[i]) &&
		    !exchange_has(r->of[i], r->marker))
			return false;
	return true;
}

/* Those of `which`, and waits for their heads. */
static void
open_those(struct front *f, struct reading *r, const bool which[HELD])
{
	for (size_t i = 0; i < HELD; i++)
		if (which[i])
			r->of[i] = open_one(f, held[i]);
	front_wait(f, streams_headed, r, HEADS);
}

static void
leave_all(struct reading *r)
{
	for (size_t i = 0; i < HELD; i++) {
		if (r->of[i] != NULL)
			exchange_leave(r->of[i]);
		r->of[i] = NULL;
	}
}

/* --- what came ------------------------------------------------------------ */

static void
not_upgraded(struct front *f, const struct exchange *e)
{
	doctor_error(f->doctor,
		     "websocket: the web server does not pass an upgrade on "
		     "(status %ld instead of 101), so no WebSocket connects.",
		     exchange_status(e));
	front_remedy(
	    f,
	    &(const struct front_lines){
		.run = {[FRONT_APACHE] =
			    "a2enmod proxy_http && a2enconf "
			    "pushcgi-websocket && systemctl restart "
			    "apache2"},
		.of = {[FRONT_LIGHTTPD] = "proxy.header = ( \"upgrade\" => "
					  "\"enable\" )",
		       [FRONT_NGINX] =
			   "proxy_http_version 1.1; proxy_set_header Upgrade "
			   "$http_upgrade; proxy_set_header Connection "
			   "\"upgrade\";"}});
}

/* The program answered when it was asked for nothing (front_reach.h). A script
 * it refuses itself, for a channel that needs a right. */
static void
refused(struct front *f, const char *name, const struct exchange *e)
{
	if (exchange_has(e, "access.scripts"))
		return;
	doctor_error(f->doctor,
		     "%s: a stream is refused (%ld instead of 200). "
		     "Somebody on the way refuses such a response, as "
		     "mod_security does. The error log of the web server says "
		     "who.",
		     name, exchange_status(e));
	front_remedy(f,
		     &(const struct front_lines){
			 .of = {[FRONT_APACHE] = "<Location /push/>\n"
						 "\tSecResponseBodyAccess Off\n"
						 "</Location>"}});
}

/* It ended although nobody cut it: above a budget, or broken on its way. */
static void
ended_early(struct front *f, const char *name, const struct exchange *e)
{
	if (exchange_status(e) != 200 && exchange_status(e) != 101)
		refused(f, name, e);
	else if (exchange_has(e, "retry"))
		doctor_error(f->doctor,
			     "%s: the program does not hold the response, it "
			     "says when to come back: a limit is reached "
			     "(hold.max, hold.budget, limit.address_held), or "
			     "its settings are wrong. Its log says which.",
			     name);
	else
		doctor_error(f->doctor, "%s: the response ended at once%s%s%s.",
			     name, exchange_fault(e)[0] != '\0' ? " (" : "",
			     exchange_fault(e),
			     exchange_fault(e)[0] != '\0' ? ")" : "");
}

/* False: it need not be waited for any more. */
static bool
judge(struct front *f, size_t i, struct exchange *e, const char *marker,
      bool *late)
{
	if (exchange_has(e, marker))
		return held[i] != FRONT_LONGPOLL;
	if (held[i] == FRONT_WEBSOCKET && exchange_headed(e) &&
	    exchange_status(e) != 101)
		not_upgraded(f, e);
	else if (exchange_ended(e))
		ended_early(f, front_names[held[i]], e);
	else
		*late = true;
	return *late;
}

/* Publishes and waits. Fills `late`; forgets what has ended. False: nothing was
 * published. */
static bool
one_message(struct front *f, struct reading *r, bool late[HELD])
{
	char marker[RANDOM_KEY_SIZE];

	random_key(marker);
	r->marker = marker;
	if (!front_publish(f, marker))
		return false;
	front_wait(f, all_have, r, AT_ONCE);
	for (size_t i = 0; i < HELD; i++)
		if (r->of[i] != NULL &&
		    !judge(f, i, r->of[i], marker, &late[i])) {
			exchange_leave(r->of[i]);
			r->of[i] = NULL;
		}
	return true;
}

/* --- the check ------------------------------------------------------------ */

static void
compressed(struct front *f, struct reading *r)
{
	char value[EXCHANGE_VALUE_SIZE];

	for (size_t i = 0; i < HELD; i++) {
		if (r->of[i] == NULL || held[i] == FRONT_LONGPOLL ||
		    !exchange_header(r->of[i], "Content-Encoding", value))
			continue;
		doctor_warn(f->doctor,
			    "%s: the web server compresses the stream (%s), "
			    "which takes memory of each subscriber (256 KB "
			    "with mod_deflate), and may keep messages back.",
			    front_names[held[i]], value);
		front_remedy(f,
			     &(const struct front_lines){
				 .of = {[FRONT_APACHE] =
					    "<LocationMatch "
					    "\"^/push/(sse|stream|iframe)$\">\n"
					    "\tSetEnv no-gzip 1\n"
					    "\tSetEnv no-brotli 1\n"
					    "</LocationMatch>",
					[FRONT_LIGHTTPD] =
					    "$HTTP[\"url\"] =~ \"^/push/\" { "
					    "deflate.mimetypes = ( ) }",
					[FRONT_NGINX] = "gzip off;"}});
		return; /* the others have the same cause */
	}
}

static bool
any(const bool late[HELD])
{
	for (size_t i = 0; i < HELD; i++)
		if (late[i])
			return true;
	return false;
}

static void
say_late(struct front *f, struct reading *r, const bool late[HELD])
{
	struct exchange *kept[FRONT_TECHNIQUES] = {NULL};

	for (size_t i = 0; i < HELD; i++)
		if (late[i])
			kept[held[i]] = r->of[i];
	if (any(late))
		front_kept_back(f, kept);
}

/* A busy machine may be late once; what keeps messages back is so each time.
 * Fills `late` anew. False: nothing was published. */
static bool
late_again(struct front *f, struct reading *r, bool late[HELD])
{
	bool again[HELD];

	memcpy(again, late, sizeof(again));
	memset(late, 0, sizeof(again));
	leave_all(r);
	open_those(f, r, again);
	return one_message(f, r, late);
}

void
front_delivery(struct front *f)
{
	struct reading r = {.of = {NULL}};
	bool which[HELD], late[HELD] = {false};

	/* the first message makes the channel */
	if (!front_publish(f, "begin"))
		return;
	for (size_t i = 0; i < HELD; i++)
		which[i] = f->reached[held[i]];
	open_those(f, &r, which);
	compressed(f, &r);
	if (one_message(f, &r, late) &&
	    (any(late) || one_message(f, &r, late)) &&
	    (!any(late) || late_again(f, &r, late)))
		say_late(f, &r, late);
	leave_all(&r);
}
