/* SPDX-License-Identifier: MIT */
/*
 * http_head_private.h - what http_head.c finds in a head, and http_head_put.c
 * writes as variables.
 */
#ifndef SHARED_WIRE_HTTP_HEAD_PRIVATE_H
#define SHARED_WIRE_HTTP_HEAD_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/wire/http_head.h"

/* Bytes of the head. */
struct http_field {
	struct text name;
	struct text value;
	bool left_out; /* no variable is made of it, or it is made already */
};

struct http_parts {
	struct text method;
	struct text target; /* path, and ?query if there is one */
	struct text path;
	struct text query;
	struct text address; /* of the client */
	struct http_field fields[HTTP_HEAD_FIELDS_MAX];
	size_t count;
};

/* Fills `out`, and leaves out the fields it has written. False: no memory,
 * `out` is empty. */
bool http_head_put(struct http_head *out, struct http_parts *parts) MUST_USE;

#endif
