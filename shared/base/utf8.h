/* SPDX-License-Identifier: MIT */
/*
 * utf8.h - validates UTF-8, and replaces what is not.
 *
 * Source: RFC 3629; The Unicode Standard, section 3.9
 */
#ifndef SHARED_BASE_UTF8_H
#define SHARED_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"

/* False for overlong forms, surrogates, and characters above U+10FFFF. NUL is
 * valid, and so is the empty text. */
bool utf8_valid(const char *text, size_t len) MUST_USE;

struct buf;

#define UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* Appends the text with U+FFFD in the place of what is not valid: one for each
 * longest beginning of a character, and for each other byte, as the decoders of
 * browsers do. It grows to at most three times its length. */
void utf8_replace(struct buf *out, const char *text, size_t len);

#endif
