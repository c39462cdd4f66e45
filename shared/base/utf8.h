/* SPDX-License-Identifier: MIT */
/*
 * utf8.h - validates UTF-8.
 *
 * Source: RFC 3629
 */
#ifndef SHARED_BASE_UTF8_H
#define SHARED_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"

/* False for overlong forms, surrogates, and characters above U+10FFFF. NUL is
 * valid, and so is the empty text. */
bool utf8_valid(const char *text, size_t len) MUST_USE;

#endif
