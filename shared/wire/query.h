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

struct query {
	char *at;
	char *end;
};

/* Names and values may hold NULs (%00): their length counts. Each has a NUL
 * after it, for those that were checked to hold none. */
struct query_pair {
	char *name;
	size_t name_len;
	char *value;
	size_t value_len;
};

/* `text` is decoded in place, so it is writable, has room for a NUL at
 * text[len], and lives as long as the pairs are used. */
void query_init(struct query *q, char *text, size_t len);

/* The next pair; false when there is none left. */
bool query_next(struct query *q, struct query_pair *pair) MUST_USE;

#endif
