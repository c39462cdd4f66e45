/* SPDX-License-Identifier: MIT */
/*
 * number.h - digits to numbers. No signs, no spaces, no locale.
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
 * Reads the digits at `*at` and moves it past them. No leading zeros: "0" and
 * "10" are numbers, "01" is not. False: no digits, leading zeros, or above
 * `max`; `*at` is then undefined.
 */
bool number_take(uint64_t *out, const char **at, const char *end,
		 uint64_t max) MUST_USE;

/*
 * The whole text as a number; leading zeros count for nothing. Above `max` it
 * is `max`, for a caller that clamps. False: empty, or not only digits.
 */
bool number_parse(uint64_t *out, struct text text, uint64_t max) MUST_USE;

#endif
