/* SPDX-License-Identifier: MIT */
/*
 * json.h - parses JSON with jansson.
 *
 * Source: RFC 8259
 */
#ifndef SHARED_MODEL_JSON_H
#define SHARED_MODEL_JSON_H

#include <jansson.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/model/json_prune.h"
#include "shared/model/problem.h"

/*
 * Parses a JSON object; free it with json_decref(). It has only the members of
 * `read`; others may be any JSON and are left out. A member of `read` that
 * stands twice is refused. Without `read` (NULL) all members are read. NULL:
 * `p` is filled with a 400 that names the error and its line in `what`, such as
 * "The body".
 */
json_t *json_read_object(struct text text, const struct json_member *read,
			 const char *what, struct problem *p) MUST_USE;

#endif
