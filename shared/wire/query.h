/* SPDX-License-Identifier: MIT */
/*
 * query.h - name=value pairs of a query string or a form body.
 *
 * Source: https://url.spec.whatwg.org/#urlencoded-parsing (a '%' without two
 * hex digits stands for itself, '+' is a space, empty pairs are skipped)
 */
#ifndef SHARED_WIRE_QUERY_H
#define SHARED_WIRE_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

struct query {
	char *at;
	char *end;
};

/* Decoded. Either may contain NULs (%00); each is followed by a NUL. */
struct query_pair {
	struct text name;
	struct text value;
};

/* Borrows `text`, which is decoded in place: it must be writable, have room for
 * a NUL at text[len], and outlive the pairs. */
void query_init(struct query *q, char *text, size_t len);

/* The next pair; false when there is none left. */
bool query_next(struct query *q, struct query_pair *pair) MUST_USE;

#endif
