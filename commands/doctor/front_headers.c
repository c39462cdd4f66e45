/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/front_headers.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ANSWER = 10000 /* ms */ };

#define APACHE_HEADER(line) "<Location /push/>\n\t" line "\n</Location>"

/* Ends it, and frees nothing: it can be read on. */
static struct exchange *
answer(struct front *f, struct exchange *e)
{
	front_wait_end(f, e, ANSWER);
	exchange_leave(e);
	return e;
}

/* The query of a poll after message `i`. */
static void
query_after(const struct front *f, size_t i, char *out, size_t size)
{
	char id[ID_TEXT_SIZE];

	id_format(id, f->ids[i]);
	snprintf(out, size, "%s&since=%s", f->query, id);
}

/* --- requests ------------------------------------------------------------- */

/* The first message has an id, a second one follows. */
static void
last_event_id(struct front *f)
{
	char line[ID_TEXT_SIZE + 20] = "Last-Event-ID: ";
	const char *const more[] = {line, NULL};
	struct exchange *e;

	id_format(line + strlen(line), f->ids[0]);
	e = answer(f, front_get(f, FRONT_POLL, f->query, more));
	if (exchange_status(e) != 200 || exchange_has(e, "\"data\""))
		return;
	doctor_error(f->doctor,
		     "The header Last-Event-ID does not reach the program: a "
		     "client that reconnects loses what was published "
		     "meanwhile. Remove what unsets it from the site.");
	front_remedy(
	    f, &(const struct front_lines){
		   .of = {[FRONT_APACHE] = "#RequestHeader unset "
					   "Last-Event-ID",
			  [FRONT_NGINX] = "proxy_pass_request_headers on; "
					  "proxy_set_header Last-Event-ID "
					  "$http_last_event_id;"}});
}

/* A Bearer that is no token is refused in other words than none is. */
static void
authorization(struct front *f)
{
	static const char *const form[] = {
	    "Content-Type: application/x-www-form-urlencoded", NULL};
	static const char *const bearer[] = {
	    "Content-Type: application/x-www-form-urlencoded",
	    "Authorization: Bearer push-doctor", NULL};
	struct exchange_request r = {
	    .method = "POST", .headers = form, .body = "channel=x"};
	const struct exchange *with, *without;

	for (size_t i = 0; f->site->headers[i] != NULL; i++)
		if (strncasecmp(f->site->headers[i], "Authorization:", 14) == 0)
			return; /* there may be one only */
	without = answer(f, front_ask(f, FRONT_PUBLISH, "", &r));
	if (exchange_status(without) != 401)
		return;
	r.headers = bearer;
	with = answer(f, front_ask(f, FRONT_PUBLISH, "", &r));
	if (exchange_status(with) != 401 ||
	    exchange_body(with)->len != exchange_body(without)->len ||
	    memcmp(exchange_body(with)->bytes, exchange_body(without)->bytes,
		   exchange_body(with)->len) != 0)
		return;
	doctor_error(f->doctor,
		     "The header Authorization does not reach the program: no "
		     "token and no publish secret is ever accepted.");
	front_remedy(
	    f, &(const struct front_lines){
		   .of = {[FRONT_APACHE] = "CGIPassAuth On",
			  [FRONT_NGINX] = "fastcgi_param HTTP_AUTHORIZATION "
					  "$http_authorization;"}});
}

static void
methods(struct front *f)
{
	struct exchange_request head = {.method = "HEAD"};
	struct exchange_request options = {.method = "OPTIONS"};
	const struct exchange *a, *b;

	a = answer(f, front_ask(f, FRONT_POLL, f->query, &head));
	b = answer(f, front_ask(f, FRONT_POLL, f->query, &options));
	if (exchange_status(a) != 200)
		doctor_warn(f->doctor,
			    "HEAD is answered with %ld instead of 200: "
			    "monitors may take the site for down.",
			    exchange_status(a));
	if (exchange_status(b) == 204)
		return;
	doctor_warn(f->doctor,
		    "OPTIONS is answered with %ld instead of 204: pages of "
		    "other sites (access.origins) cannot subscribe. The web "
		    "server allows only some methods; allow OPTIONS, too.",
		    exchange_status(b));
	front_remedy(f,
		     &(const struct front_lines){
			 .of = {[FRONT_APACHE] = "<LimitExcept GET HEAD POST "
						 "OPTIONS>"}});
}

/* --- responses ------------------------------------------------------------ */

static void
etag_lost(struct front *f)
{
	doctor_error(f->doctor,
		     "The header ETag does not reach the client, so each poll "
		     "without news is sent whole. Remove what unsets it from "
		     "the site.");
	front_remedy(
	    f, &(const struct front_lines){
		   .of = {[FRONT_APACHE] = "#Header unset ETag",
			  [FRONT_LIGHTTPD] =
			      "#setenv.set-response-header = ( \"ETag\" => "
			      "\"\" )",
			  [FRONT_NGINX] = "#more_clear_headers ETag;"}});
}

static void
etag(struct front *f)
{
	char tag[EXCHANGE_VALUE_SIZE], line[EXCHANGE_VALUE_SIZE + 20];
	const char *const browser[] = {"Accept-Encoding: gzip", NULL};
	const char *const more[] = {line, "Accept-Encoding: gzip", NULL};
	char query[sizeof(f->query) + 64];
	const struct exchange *e;

	query_after(f, 0, query, sizeof(query));
	e = answer(f, front_get(f, FRONT_POLL, query, browser));
	if (exchange_status(e) != 200)
		return;
	if (!exchange_header(e, "ETag", tag)) {
		etag_lost(f);
		return;
	}
	snprintf(line, sizeof(line), "If-None-Match: %s", tag);
	e = answer(f, front_get(f, FRONT_POLL, query, more));
	if (exchange_status(e) == 304)
		return;
	doctor_error(f->doctor,
		     "The header If-None-Match does not reach the program, so "
		     "each poll without news is sent whole (%ld instead of "
		     "304). Remove what unsets it from the site.",
		     exchange_status(e));
	front_remedy(f, &(const struct front_lines){
			    .of = {[FRONT_APACHE] =
				       "#RequestHeader unset If-None-Match"}});
}

/* A poll may be kept only as long as poll.max_age says. */
static void
cache_control(struct front *f)
{
	char value[EXCHANGE_VALUE_SIZE], age[EXCHANGE_VALUE_SIZE];
	const struct exchange *e =
	    answer(f, front_get(f, FRONT_POLL, f->query, NULL));

	if (exchange_status(e) != 200)
		return;
	exchange_header(e, "Cache-Control", value);
	exchange_header(e, "Age", age);
	if (strstr(value, "no-cache") == NULL &&
	    strstr(value, "no-store") == NULL && f->conf.poll_max_age == 0) {
		doctor_error(f->doctor,
			     "The header Cache-Control of a poll is rewritten "
			     "(%s), so browsers and caches answer with old "
			     "messages. Exclude /push/ from that.",
			     value[0] != '\0' ? value : "it is gone");
	} else if (strstr(value, "max-age") != NULL &&
		   f->conf.poll_max_age == 0) {
		doctor_error(f->doctor,
			     "max-age is added to the header Cache-Control of "
			     "a poll (%s), so browsers and caches may answer "
			     "with old messages. Exclude /push/ from that.",
			     value);
	} else {
		return;
	}
	front_remedy(
	    f,
	    &(const struct front_lines){
		.of = {[FRONT_APACHE] = APACHE_HEADER(
			   "ExpiresActive Off") "\n"
						"#Header set Cache-Control …",
		       [FRONT_LIGHTTPD] = "#setenv.set-response-header = ( "
					  "\"Cache-Control\" => … )",
		       [FRONT_NGINX] = "expires off;"}});
}

static void
content_type(struct front *f, int technique, const char *right)
{
	char value[EXCHANGE_VALUE_SIZE];
	struct exchange *e;
	const struct exchange_request r = {.method = "HEAD"};

	if (!f->reached[technique])
		return;
	e = answer(f, front_ask(f, technique, f->query, &r));
	if (exchange_status(e) != 200)
		return;
	exchange_header(e, "Content-Type", value);
	if (strncasecmp(value, right, strlen(right)) == 0)
		return;
	doctor_error(f->doctor,
		     "%s: the Content-Type is %s instead of %s, and clients "
		     "refuse it. Remove what sets it from the site.",
		     front_names[technique],
		     value[0] != '\0' ? value : "missing", right);
	front_remedy(
	    f, &(const struct front_lines){
		   .of = {[FRONT_APACHE] = "#Header set Content-Type …\n"
					   "#ForceType …",
			  [FRONT_LIGHTTPD] = "#setenv.set-response-header = ( "
					     "\"Content-Type\" => … )"}});
}

void
front_headers(struct front *f)
{
	if (f->reached[FRONT_POLL]) {
		if (f->published >= 2)
			last_event_id(f);
		if (f->published >= 1)
			etag(f);
		cache_control(f);
		methods(f);
	}
	if (f->reached[FRONT_PUBLISH])
		authorization(f);
	content_type(f, FRONT_SSE, "text/event-stream");
	content_type(f, FRONT_STREAM, "application/x-ndjson");
	content_type(f, FRONT_POLL, "application/json");
}
