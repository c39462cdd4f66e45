/* SPDX-License-Identifier: MIT */
/*
 * cookie.h - a cookie of a request, by its name.
 *
 * Several cookies of the name with different values are refused, and none of
 * them is used: any host of the same site can set a cookie for ours, with a
 * path that makes the browser send it first, and the order is all that a server
 * sees. A visitor would then act with the rights of whoever set it.
 *
 * Source: RFC 6265 sections 4.2.1, 5.4 and 8.6
 */
#ifndef SHARED_ACCESS_COOKIE_H
#define SHARED_ACCESS_COOKIE_H

#include "shared/base/attributes.h"
#include "shared/base/text.h"

enum cookie_status {
	COOKIE_NONE,
	COOKIE_FOUND,
	COOKIE_AMBIGUOUS /* several, with different values */
};

/*
 * Finds the cookie `name` in `header`, the value of a Cookie header
 * (HTTP_COOKIE). Case matters. `*value`, a part of `header`, is without the
 * double quotes around it; it is empty unless the cookie is found, and may be
 * empty then. Its characters are not checked.
 */
enum cookie_status cookie_find(struct text *value, struct text header,
			       const char *name) MUST_USE;

#endif
