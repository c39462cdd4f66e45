/* SPDX-License-Identifier: MIT */
/*
 * base64url.h - base64 with the alphabet for URLs, without padding.
 *
 * Source: RFC 4648, section 5; RFC 7515, appendix C
 */
#ifndef SHARED_BASE_BASE64URL_H
#define SHARED_BASE_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

struct buf;

/* Appends what `text` stands for. False: `text` is not what an encoder writes,
 * because of a character, padding, its length, or bits that are left over. A
 * part may have been appended. */
bool base64url_decode(struct buf *out, struct text text) MUST_USE;

/* Appends the encoded bytes. */
void base64url_encode(struct buf *out, const void *bytes, size_t len);

#endif
