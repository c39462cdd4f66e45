/* SPDX-License-Identifier: MIT */
/*
 * kicks.h - whom an administrator keeps out, as this process knows it.
 *
 * A copy of the list in Redis (bus/kicks.h), so that a request costs no
 * question. Until it was read for the first time nobody is kept out: whoever
 * came before is disconnected when it is (kicker.h).
 */
#ifndef SHARED_APP_KICKS_H
#define SHARED_APP_KICKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/model/kick.h"
#include "shared/model/problem.h"

struct kicks_entry;

/* Zeroed it is empty. At most KICKS_MAX. */
struct kicks {
	struct kicks_entry *at; /* sorted by text */
	size_t count, room;
};

/* Empty again. */
void kicks_clear(struct kicks *kicks);

/* Keeps them out for `ms` from now; 0: not any longer. When there are too many,
 * the one that ends soonest is dropped. */
void kicks_set(struct kicks *kicks, const struct kick *kick, uint64_t ms);

/* How long they are still kept out, in ms; 0: they are not. */
uint64_t kicks_left(const struct kicks *kicks, const struct kick *kick);

/* Who asks, and for what. */
struct kicks_request {
	const char *user;   /* NULL: nobody */
	struct text client; /* the parameter; empty: none */
	const struct text *channels;
	size_t channel_count;
};

/* False: it is kept out, and `p` says for how long. */
bool kicks_allow(const struct kicks *kicks, const struct kicks_request *request,
		 struct problem *p) MUST_USE;

/* The problem of somebody who is kept out for `ms`; 0: who may come back at
 * once. Returns false. */
bool kicks_problem(struct problem *p, enum kick_kind kind, uint64_t ms);

#endif
