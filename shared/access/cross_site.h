/* SPDX-License-Identifier: MIT */
/*
 * cross_site.h - requests that a page of another site makes.
 *
 * A browser lets any page submit a form to us and open a WebSocket, but tells
 * the page's origin (Origin, Sec-Fetch-Site). Such a page may never publish,
 * whatever its visitor may. It may open a WebSocket, or have us look at the
 * site, only if access.origins lists its origin. A link to us is followed.
 *
 * The scheme of an origin is compared only when it is known: a proxy of
 * access.proxies states it in X-Forwarded-Proto, or the server says that the
 * request came by TLS. The address of the client (REMOTE_ADDR) is the proxy's.
 *
 * Source: https://fetch.spec.whatwg.org/#origin-header
 *         https://www.w3.org/TR/fetch-metadata/
 */
#ifndef SHARED_ACCESS_CROSS_SITE_H
#define SHARED_ACCESS_CROSS_SITE_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/model/problem.h"
#include "shared/wire/request.h"

bool cross_site_is(const struct request *r, const struct conf *conf) MUST_USE;

/* False: refused, `p` is filled. */
bool cross_site_may_publish(const struct request *r, const struct conf *conf,
			    struct problem *p) MUST_USE;
bool cross_site_may_connect(const struct request *r, const struct conf *conf,
			    struct problem *p) MUST_USE;

/* For what costs us more than a page: a run of checks, a message to see whether
 * it comes back, a view that is held. */
bool cross_site_may_look(const struct request *r, const struct conf *conf,
			 struct problem *p) MUST_USE;

#endif
