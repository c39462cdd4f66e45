/* SPDX-License-Identifier: MIT */
/*
 * page.h - the style and the script of the status page, and their hashes, which
 * its Content-Security-Policy names.
 *
 * Source: https://www.w3.org/TR/CSP3/#framework-directive-source-list
 */
#ifndef SHARED_STATUS_PAGE_H
#define SHARED_STATUS_PAGE_H

extern const char status_style[], status_script[];

/* base64 of their SHA-256; tests/unit/test_status_html.c says the right ones */
#define STATUS_STYLE_HASH  "ut7cydpuK7Q+D2wHzj6sZO6szaIxsj3Q6XyNPuULZKo="
#define STATUS_SCRIPT_HASH "828N6p/Qzv+NZ7cHtQy7s7Ej76fbCWg1Pc138FvYhx4="

#define STATUS_POLICY                                                          \
	"default-src 'none'; img-src data:; connect-src 'self'; "              \
	"style-src 'sha256-" STATUS_STYLE_HASH "'; "                           \
	"script-src 'sha256-" STATUS_SCRIPT_HASH "'; "                         \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

#endif
