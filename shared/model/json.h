/* SPDX-License-Identifier: MIT */
/*
 * json.h - JSON in, by jansson, with nothing lost when memory runs out.
 *
 * Source: RFC 8259; jansson 2.14, load.c
 */
#ifndef SHARED_MODEL_JSON_H
#define SHARED_MODEL_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/model/problem.h"

/*
 * The object `text` is, to be freed with json_decref(); a name that stands
 * twice in an object is refused. NULL: refused, `p` is filled: a 400 that says
 * where `what` ("The body") is wrong, or a 503 when memory ran out.
 */
json_t *json_read_object(const char *text, size_t len, const char *what,
			 struct problem *p) MUST_USE;

#endif
