/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h - what all fuzz targets share.
 *
 * Source: https://llvm.org/docs/LibFuzzer.html
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "shared/base/text.h"

/* Between these the fuzzer sees no branches: for what checks a target. */
#ifdef __clang__
/* clang-format off */
#define UNTRACED_BEGIN _Pragma(                                                \
"clang attribute push(__attribute__((no_sanitize(\"coverage\"))),apply_to=function)")
/* clang-format on */
#define UNTRACED_END _Pragma("clang attribute pop")
#else
#define UNTRACED_BEGIN
#define UNTRACED_END
#endif

/* The target; called by libFuzzer or replay.c with each input. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What must be true of every input: else the program aborts, which is how a
 * fault is found. */
static inline void
check(bool truth)
{
	if (!truth)
		abort();
}

/* A NUL-terminated copy, to be freed with free(). */
static inline char *
string_of(struct text text)
{
	char *copy = malloc(text.len + 1), *at = copy;

	check(copy != NULL);
	text_copy(&at, text);
	return copy;
}

#endif
