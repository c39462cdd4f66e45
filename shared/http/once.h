/* SPDX-License-Identifier: MIT */
/*
 * once.h - parameters of a query that may be given once.
 */
#ifndef SHARED_HTTP_ONCE_H
#define SHARED_HTTP_ONCE_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/model/problem.h"
#include "shared/wire/query.h"
#include "shared/wire/request.h"

/* The last of an array has no name. */
struct once {
	const char *name;
	struct text value; /* bytes NULL: not given */
};

/* Sets the value of the one with this name; there may be none. False: it has
 * one already; `p` is filled. */
bool once_take(struct once *once, const struct query_pair *pair,
	       struct problem *p) MUST_USE;

/* Takes all of the query, which is decoded in place. */
bool once_read(struct once *once, const struct request *r,
	       struct problem *p) MUST_USE;

#endif
