/* SPDX-License-Identifier: MIT */
/*
 * problem.h - what a client is told when its request is refused.
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
	unsigned int status;	  /* 400-599 */
	unsigned int retry_after; /* s; 0: no Retry-After */
	const char *allow;	  /* methods, for 405; else NULL. Borrowed */
	const char *upgrade;	  /* header lines that say what to upgrade to,
				   * for 426; or NULL. Borrowed */
	const char *stored;	  /* publish: "false", "\"unknown\""; or NULL */
	char detail[240];	  /* one sentence or two, for a person */
};

/* Fills `p`: the status, and the sentence as printf makes it. Nothing else is
 * set but cleared. Returns false, so that `return problem_set(…)` refuses. */
bool problem_set(struct problem *p, unsigned int status, const char *format,
		 ...) PRINTF_LIKE(3, 4);

/* The standard phrase of a status, such as "Bad Request". Static; for one
 * that is not known, "Error". */
const char *problem_title(unsigned int status);

/* The JSON body: type, title, status, detail, and stored when there is one. */
void problem_put_json(struct buf *out, const struct problem *p);

#endif
