/* SPDX-License-Identifier: MIT */
/*
 * escape.h - text inside JSON, a script or HTML.
 */
#ifndef SHARED_BASE_ESCAPE_H
#define SHARED_BASE_ESCAPE_H

#include "shared/base/text.h"

struct buf;

/*
 * `text`, which is valid UTF-8, as a JSON string with its quotes (RFC 8259,
 * section 7). Escapes only what JSON requires: '"', '\' and control characters
 * below 0x20, in their short form if they have one.
 */
void escape_json(struct buf *out, struct text text);

/*
 * JSON (valid UTF-8 without NUL) as an expression of a script, in a file or in
 * a page. '<', '>', U+2028 and U+2029, which JSON has only in strings, become
 * \u escapes: no `</script>`, no `<!--`, and no character that only JavaScript
 * treats as a line end remains. A bad buffer makes `out` bad.
 */
void escape_script(struct buf *out, const struct buf *json);

/* A text inside a script comment: it cannot end the comment or its line. */
void escape_comment(struct buf *out, const char *text);

/* A text inside an HTML element: & < > " ' as character references. */
void escape_html(struct buf *out, const char *text);

#endif
