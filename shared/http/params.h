/* SPDX-License-Identifier: MIT */
/*
 * params.h - what a request asks for: the parameters that all techniques have.
 *
 *	channel		a name; repeated for several, at most 32
 *	since		a cursor. The header Last-Event-ID, and lastEventId,
 *			last_event_id and lastEventID take precedence
 *	wait		s, long-polls
 *	limit		messages in one response, batch techniques; at most
 *			history.replay
 *	token		a JSON Web Token
 *	expires, sig	a signature
 *	client		what the page calls its client (rules.h)
 *
 * Numbers above their maximum are clamped. A duplicate parameter is refused,
 * except channel. An unreadable cursor is refused only in `since`: the others
 * come from a browser that reconnects, and an error would end an EventSource
 * for good.
 */
#ifndef SHARED_HTTP_PARAMS_H
#define SHARED_HTTP_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/access/access.h"
#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/http/response.h"
#include "shared/model/cursor.h"
#include "shared/model/problem.h"
#include "shared/technique.h"
#include "shared/wire/request.h"

enum {
	PARAMS_WAIT_DEFAULT = 25,  /* s */
	PARAMS_LIMIT_DEFAULT = 100 /* messages, or history.replay */
};

/* Texts point into the variables of the request. */
struct params {
	struct format format;
	struct text channels[CHANNELS_MAX]; /* sorted, distinct, valid */
	size_t channel_count;		    /* 1- */
	struct cursor cursor;
	bool cursor_unreadable; /* there was one; `cursor` is CURSOR_NONE */
	unsigned int wait;	/* s */
	bool newest;	 /* the last format.last messages; there is no cursor */
	bool head_only;	 /* HEAD */
	bool is_private; /* no cache may keep the response */
	enum response_cut cut;		/* set by the caller */
	const char *if_none_match;	/* "" when there is none */
	struct text client;		/* empty: it has no name */
	char line[TECHNIQUE_LINE_SIZE]; /* a header line of the response, for
					 * this client alone, or "" */
	struct access_params access;
	/* What access.h says of it, set by the caller. */
	struct access_result access_result;
	struct credentials *credentials; /* duplex: taken over by the
					  * subscriber, and zeroed */
	bool may_publish;		 /* duplex: its page may */
};

/* Reads QUERY_STRING (decoded in place) and HTTP_LAST_EVENT_ID. False: refused,
 * `p` is filled. */
bool params_read(struct params *out, const struct technique *t,
		 const struct request *r, const struct conf *conf,
		 struct problem *p) MUST_USE;

/* Reads only what is about access, for a request whose channel is in its body.
 * False: refused, `p` is filled. */
bool params_read_access(struct access_params *out, const struct request *r,
			struct problem *p) MUST_USE;

/* Adds a channel, which is not copied. False: its name is bad or there are too
 * many; `p` is filled. */
bool params_add_channel(struct params *params, struct text name,
			struct problem *p) MUST_USE;

/* Sorts the channels, removes duplicates, and sets format.many. */
void params_sort_channels(struct params *params);

#endif
