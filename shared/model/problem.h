/* SPDX-License-Identifier: MIT */
/*
 * problem.h - why a request was refused, as an RFC 9457 problem.
 *
 * Source: RFC 9457 (application/problem+json), RFC 9110 section 15 (statuses)
 */
#ifndef SHARED_MODEL_PROBLEM_H
#define SHARED_MODEL_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"

struct buf;

struct problem {
	unsigned int status;	     /* 400-599 */
	unsigned int retry_after;    /* s; 0: no Retry-After */
	const char *allow;	     /* methods, for 405; else NULL. Borrowed */
	const char *upgrade;	     /* header lines with Upgrade, for 426; or
				      * NULL. Borrowed */
	const char *accept_encoding; /* for 415; or NULL. Borrowed */
	const char *authenticate; /* a challenge, for 401; or NULL. Borrowed */
	const char *cors;	  /* whose pages may read it (http/cors.h); or
				   * NULL. Borrowed */
	const char *stored;	  /* publish: "false", "\"unknown\""; or NULL */
	char detail[240];	  /* one or two sentences for a person */
};

/* Sets the status and the detail (printf), cut to fit and made UTF-8, and
 * clears all else. Returns false, for `return problem_set(…)`. */
bool problem_set(struct problem *p, unsigned int status, const char *format,
		 ...) PRINTF_LIKE(3, 4);

/* The reason phrase of a status, such as "Bad Request"; "Error" for an unknown
 * one. Static. */
const char *problem_title(unsigned int status);

/* The JSON body: type, title, status, detail, and stored unless NULL. */
void problem_put_json(struct buf *out, const struct problem *p);

#endif
