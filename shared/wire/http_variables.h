/* SPDX-License-Identifier: MIT */
/*
 * http_variables.h - the parts of an HTTP/1.1 request head, written as CGI
 * variables. For http_head.c, whose header lists the variables.
 *
 * Source: RFC 3875 section 4.1.18
 */
#ifndef SHARED_WIRE_HTTP_VARIABLES_H
#define SHARED_WIRE_HTTP_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/base/text.h"

enum { HTTP_FIELDS_MAX = 100 };

struct http_field {
	struct text name;
	struct text value;
	bool skip; /* write no variable for it */
};

/* Views into the head. */
struct http_parts {
	struct text method;
	struct text target; /* path and query */
	struct text path;
	struct text query;
	struct text address; /* of the client */
	struct text budget;  /* "": none */
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t count;
};

/* Appends the name of the variable of a header field: HTTP_X_USER of X-User. */
void http_variables_put_name(struct buf *out, struct text field);

/*
 * Appends each variable to `out` as NAME=VALUE and a NUL. Fields of one name
 * become one variable; those already written are marked `skip`.
 * Returns the list of them, NULL-terminated, to be freed with free(); valid
 * while `out` is not written.
 */
char **http_variables_put(struct buf *out,
			  struct http_parts *parts) MUST_USE RETURNS_NONNULL;

#endif
