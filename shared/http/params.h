/* SPDX-License-Identifier: MIT */
/*
 * params.h - what a subscriber asks for: the parameters that mean the same on
 *every technique.
 *
 *	channel		a name; repeat it for several, at most 32
 *	since		a cursor (also lastEventId, last_event_id, lastEventID,
 *			and the header Last-Event-ID, which come before it)
 *	wait		s, long-poll kinds
 *	limit		messages in one answer, batch kinds
 *
 * Numbers above their maximum are clamped. What may stand once and stands
 * twice is refused. A cursor that comes from a browser's own reconnecting and
 * cannot be read is not refused: that would end an EventSource for good.
 */
#ifndef SHARED_HTTP_PARAMS_H
#define SHARED_HTTP_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/hub/fanout.h"
#include "shared/model/cursor.h"
#include "shared/model/problem.h"
#include "shared/technique.h"
#include "shared/wire/request.h"

enum {
	PARAMS_WAIT_DEFAULT = 25, /* s */
	PARAMS_LIMIT_DEFAULT = 100,
	PARAMS_LIMIT_MAX = 1000 /* messages */
};

/* A view into the request's variables. */
struct params {
	struct format format;
	struct text channels[CHANNELS_MAX]; /* sorted, each once, checked */
	size_t channel_count;		    /* 1- */
	struct cursor cursor;
	bool cursor_unreadable; /* there was one; `cursor` is CURSOR_NONE */
	unsigned int wait;	/* s */
	bool newest;	/* the last format.last messages; there is no cursor */
	bool head_only; /* HEAD */
	const char *if_none_match;	/* "" when there is none */
	char line[TECHNIQUE_LINE_SIZE]; /* a header line of its answer alone,
					 * or "" */
	bool may_publish;		/* of a client that talks back */
};

/* Reads QUERY_STRING (decoded in place) and HTTP_LAST_EVENT_ID. False: `p`
 * says why, for the client. */
bool params_read(struct params *out, const struct technique *t,
		 const struct request *r, const struct conf *conf,
		 struct problem *p) MUST_USE;

/* Sorts the channels, each once, and sets form.many by them. */
void params_sort_channels(struct params *params);

/* The part of it that makes a fanout. A view. */
struct fanout_set params_set(const struct params *params);

#endif
