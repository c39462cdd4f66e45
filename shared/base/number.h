/* SPDX-License-Identifier: MIT */
/*
 * number.h - parses digits: no signs, no spaces, no locale.
 */
#ifndef SHARED_BASE_NUMBER_H
#define SHARED_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

bool number_is_digit(char c);

/* The value of a hex digit of either case, or -1. */
int number_hex_digit(char c);

/*
 * Parses the digits at `*at` and moves `*at` past them. False: no digits, a
 * leading zero ("01"), or above `max`; `*at` is then undefined.
 */
bool number_take(uint64_t *out, const char **at, const char *end,
		 uint64_t max) MUST_USE;

/*
 * Parses the whole text; leading zeros are ignored. A number above `max` gives
 * `max`, for callers that clamp. False: empty, or not only digits.
 */
bool number_parse(uint64_t *out, struct text text, uint64_t max) MUST_USE;

#endif
