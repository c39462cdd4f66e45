/* SPDX-License-Identifier: MIT */
/*
 * origin.h - is the page of this Origin header one of ours?
 *
 * An origin is scheme://host[:port], the scheme http or https. Two are the same
 * if scheme, host and port are:
 *
 *	host	Case does not matter. An IPv6 address may be written in any way,
 *		within brackets. A dot at the end matters: for a browser,
 *		example.org and example.org. are two hosts.
 *	port	A missing or empty one is that of the scheme: 80 or 443.
 *
 * `null`, which a browser sends for a sandboxed or local page, and any text
 * that is no origin are the same as nothing, not even as themselves.
 *
 * Source: RFC 6454 sections 4, 5 and 6.2
 *         https://url.spec.whatwg.org/#host-equivalence
 *         https://html.spec.whatwg.org/#same-origin
 */
#ifndef SHARED_ACCESS_ORIGIN_H
#define SHARED_ACCESS_ORIGIN_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

/*
 * True: `origin` is that of the URL which a request was sent to. `host` is its
 * Host header, whose missing port is that of the origin's scheme, because
 * `host` has no scheme. `scheme` is "http" or "https" if it is known for
 * certain, or else "", and then not compared.
 */
bool origin_is_same(struct text origin, struct text host,
		    const char *scheme) MUST_USE;

/* The first origin of `list`, separated by spaces, that is the same as
 * `origin`: a part of `list`. Empty: there is none. */
struct text origin_listed(const char *list, struct text origin) MUST_USE;

#endif
