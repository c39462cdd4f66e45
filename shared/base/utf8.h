/* SPDX-License-Identifier: MIT */
/*
 * utf8.h - is it UTF-8? (RFC 3629: no overlong forms, no surrogates, nothing
 * above U+10FFFF)
 */
#ifndef SHARED_BASE_UTF8_H
#define SHARED_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"

/* NUL counts as a character like any other; the empty text is valid. */
bool utf8_valid(const char *text, size_t len) MUST_USE;

#endif
