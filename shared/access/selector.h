/* SPDX-License-Identifier: MIT */
/*
 * selector.h - which channels a claim of a token is for.
 *
 *	orders-42	this channel
 *	*		every channel
 *	orders-{id}	a URI template: {id} stands for one or more characters
 *			without / ? # &
 *
 * Of URI templates only {name} is known, where a name is of A-Z a-z 0-9 _ .
 * and a template has up to 16. The time to match grows with the length of the
 * channel and the template, for any of them.
 *
 * Source: RFC 6570, level 1; the Mercure protocol, "Topic Selectors"
 */
#ifndef SHARED_ACCESS_SELECTOR_H
#define SHARED_ACCESS_SELECTOR_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

enum {
	SELECTOR_MAX = 1024,	    /* bytes */
	SELECTOR_VARIABLES_MAX = 16 /* in a template */
};

/* NULL, or why the selector matches no channel: a phrase. Static. */
const char *selector_fault(struct text selector) MUST_USE;

/* Both are UTF-8. A selector with a fault matches nothing. */
bool selector_matches(struct text selector, struct text channel) MUST_USE;

#endif
