/* SPDX-License-Identifier: MIT */
/*
 * params_format.h - the parameters that make a request's format.
 *
 *	envelope=json	the JSON of a message instead of its data
 *	callback=NAME	the function that a script calls: [A-Za-z_$], then up
 *			to 63 of [A-Za-z0-9_$.]
 *	padding=BYTES	sent before the first message, at most 8192
 *	last=N		the newest N messages, at most 1000
 *	presence=1	notices of who is subscribed (model/presence.h)
 *	origin=ORIGIN	of the page that the iframe calls; access.origins must
 *			list it
 */
#ifndef SHARED_HTTP_PARAMS_FORMAT_H
#define SHARED_HTTP_PARAMS_FORMAT_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/model/format.h"
#include "shared/model/problem.h"
#include "shared/wire/query.h"

/* The format so far. */
struct params_format {
	struct format *format;
	const struct conf *conf;
	unsigned int takes; /* of enum format_parameter */
	unsigned int seen;
};

/* Takes a parameter if the technique supports it; ignores it otherwise. False:
 * refused, `p` is filled. */
bool params_format_take(struct params_format *reading,
			const struct query_pair *pair,
			struct problem *p) MUST_USE;

#endif
