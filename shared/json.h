/* SPDX-License-Identifier: MIT */
/*
 * json.h - JSON in, by jansson, with nothing lost when memory runs out.
 *
 * Source: RFC 8259; jansson 2.14, load.c
 */
#ifndef SHARED_JSON_H
#define SHARED_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/attributes.h"

/*
 * The value `text` is, to be freed with json_decref(); a name that stands
 * twice in an object is an error. NULL: `error` says what is wrong with the
 * text, or `*out_of_memory` is true.
 */
json_t *json_read(const char *text, size_t len, json_error_t *error,
		  bool *out_of_memory) MUST_USE;

#endif
