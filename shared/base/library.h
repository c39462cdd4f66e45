/* SPDX-License-Identifier: MIT */
/*
 * library.h - loads a shared library when it is needed.
 *
 * For a library that few installations use: a program that is linked with
 * libssl and libcrypto has 460 KB more private memory, in every process.
 *
 * Source: dlopen(3)
 */
#ifndef SHARED_BASE_LIBRARY_H
#define SHARED_BASE_LIBRARY_H

#include <stddef.h>

#include "shared/base/attributes.h"

/* A function, and the offset of the pointer to it in the caller's struct. */
struct library_function {
	const char *name;
	size_t member;
};

enum library_status {
	LIBRARY_OK,
	LIBRARY_MISSING,  /* there is none of that name */
	LIBRARY_DIFFERENT /* it lacks a function: another than compiled with */
};

/*
 * Loads the library `soname`, such as "libssl.so.3", and writes the addresses
 * of its functions into the struct at `out`. `functions` ends with one without
 * a name. The library stays loaded, and so do those that it is linked with.
 */
enum library_status
library_load(void *out, const char *soname,
	     const struct library_function *functions) MUST_USE;

#endif
