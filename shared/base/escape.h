/* SPDX-License-Identifier: MIT */
/*
 * escape.h - text inside other text, so that it ends nothing early.
 */
#ifndef SHARED_BASE_ESCAPE_H
#define SHARED_BASE_ESCAPE_H

#include <stddef.h>

struct buf;

/*
 * `text` as a JSON string with its quotes (RFC 8259, section 7). `text` is
 * valid UTF-8. Only what JSON demands is escaped: '"', '\\' and the control
 * characters below 0x20, the usual ones in their short form.
 */
void escape_json(struct buf *out, const char *text, size_t len);

/*
 * JSON (without NULs, valid UTF-8) as an expression inside a script, in a file
 * or in a page: '<', '>', U+2028 and U+2029, which JSON has only inside
 * strings, become \\u escapes, so that neither `</script>` nor `<!--` nor a
 * line end that JavaScript sees and JSON does not is left. A bad buffer makes
 * `out` bad.
 */
void escape_script(struct buf *out, const struct buf *json);

/* A text inside a comment of a script: no end of it is left, no line break. */
void escape_comment(struct buf *out, const char *text);

/* A text inside an HTML element: & < > " ' as character references. */
void escape_html(struct buf *out, const char *text);

#endif
