/* SPDX-License-Identifier: MIT */
/*
 * front.h - looks at the site from outside, through its web server, as a
 * browser does.
 *
 * It publishes to channels of its own, which have random names and a history of
 * a minute, and changes nothing else. It sends to the address in the URL and to
 * no other: redirects are not followed.
 */
#ifndef COMMANDS_DOCTOR_FRONT_H
#define COMMANDS_DOCTOR_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "commands/doctor/exchange.h"
#include "commands/doctor/finding.h"
#include "commands/doctor/site.h"
#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/model/id.h"

enum { FRONT_CHANNEL_SIZE = 256 };

enum front_technique {
	FRONT_HTTP,
	FRONT_POLL,
	FRONT_LONGPOLL,
	FRONT_JSONP,
	FRONT_SSE,
	FRONT_STREAM,
	FRONT_IFRAME,
	FRONT_WEBSOCKET,
	FRONT_PUBLISH,
	FRONT_STATUS,
	FRONT_TECHNIQUES
};

/* What the header Server says. */
enum front_server {
	FRONT_UNKNOWN,
	FRONT_APACHE,
	FRONT_LIGHTTPD,
	FRONT_NGINX,
	FRONT_SERVERS
};

struct front {
	struct doctor *doctor;
	const struct site *site;
	struct conf conf; /* a copy that publishes with a short history; what it
			   * points to is the doctor's */
	char url[SITE_URL_MAX + 1];  /* without a slash at its end */
	struct exchanges *exchanges; /* each with a connection of its own */
	struct exchanges *shared;    /* of front_http2.h; or NULL */
	struct ev_loop *loop;
	struct bus *bus; /* NULL: Redis cannot be asked */
	enum front_server server;
	bool reached[FRONT_TECHNIQUES];
	char channel[FRONT_CHANNEL_SIZE]; /* "": this may not subscribe */
	char query[2 * SITE_URL_MAX];	  /* of `channel`, with its rights */
	char silent[2 * SITE_URL_MAX];	  /* the same of a channel where nothing
					   * is published */
	char left_channel[FRONT_CHANNEL_SIZE];	      /* of front_leave.h */
	char left[2 * SITE_URL_MAX];		      /* its query */
	struct exchange *silent_stream, *silent_poll; /* of front_silence.h;
						       * NULL: not watched */
	size_t published;  /* messages in `channel` */
	struct id ids[64]; /* of the first of them */
};

/* False: the address of the site is wrong, which is told. */
bool front_open(struct front *f, struct doctor *d) MUST_USE;

/* Ends all requests. What was published ends by itself within two minutes. */
void front_close(struct front *f);

extern const char *const front_names[FRONT_TECHNIQUES];

/* How many seconds a response is watched that is silent: two heartbeats and a
 * second, unless the options say another number. */
unsigned int front_patience(const struct front *f);

/* Starts GET `technique`?`query` with the headers of the options and `more`
 * (lines, ends with NULL; or NULL). */
struct exchange *front_get(struct front *f, int technique, const char *query,
			   const char *const *more) RETURNS_NONNULL;

/* The same with all of exchange_request but the URL and authorities. Its
 * headers follow those of the options. */
struct exchange *front_ask(struct front *f, int technique, const char *query,
			   const struct exchange_request *r) RETURNS_NONNULL;

struct exchange *
front_ask_among(struct front *f, struct exchanges *all, int technique,
		const char *query,
		const struct exchange_request *r) RETURNS_NONNULL;

/* The same for a URL of the same site, among `all`. */
struct exchange *
front_ask_url(struct front *f, struct exchanges *all, const char *url,
	      const struct exchange_request *r) RETURNS_NONNULL;

/* Everything moves on until fn(arg) is true, at most `ms`. False: it is not. */
bool front_wait(struct front *f, bool (*fn)(const void *arg), const void *arg,
		unsigned int ms);
bool front_wait_end(struct front *f, const struct exchange *e, unsigned int ms);
void front_pause(struct front *f, unsigned int ms);

/* Publishes to `channel` and waits for Redis. False: it is not stored, which
 * is told. */
bool front_publish(struct front *f, const char *data);

/* What to do, for the server that answers: lines of its configuration, or
 * commands. Of NULL nothing is told; of an unknown server, what is for each. */
struct front_lines {
	const char *of[FRONT_SERVERS];
	const char *run[FRONT_SERVERS];
};
void front_remedy(struct front *f, const struct front_lines *lines);

/* If a proxy answers, or `via` (the header) says so: how to see whether it is
 * the proxy, or what is behind it. */
void front_ask_behind(struct front *f, const char *via);

/* The same as front_remedy(): a setting of push.conf. */
void front_paste(struct front *f, const char *section, const char *name,
		 unsigned int value);

#endif
