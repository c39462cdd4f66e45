/* SPDX-License-Identifier: MIT */
/*
 * json_scan.h - finds the end of a JSON value without decoding it.
 *
 * It checks the grammar and nothing else: a number may have any size, a string
 * any escape (a NUL, half of a surrogate pair), an object a name twice. jansson
 * refuses those.
 *
 * Each function moves `rest` past what it found. False: there is none; `rest`
 * may be anywhere.
 *
 * Source: RFC 8259
 */
#ifndef SHARED_MODEL_JSON_SCAN_H
#define SHARED_MODEL_JSON_SCAN_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

enum { JSON_SCAN_DEPTH_MAX = 2000 }; /* arrays and objects in each other */

/* Whitespace, maybe none. */
void json_scan_space(struct text *rest);

/* The character `c`. On false, `rest` stays. */
bool json_scan_char(struct text *rest, char c);

/* A string in quotes; it must be UTF-8. */
bool json_scan_string(struct text *rest) MUST_USE;

/* A value of any type. */
bool json_scan_value(struct text *rest) MUST_USE;

#endif
