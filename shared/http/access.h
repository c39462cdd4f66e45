/* SPDX-License-Identifier: MIT */
/*
 * access.h - access checks: publishing over HTTP, and opening a WebSocket.
 *
 * access.publish says which addresses may publish. A page of another site
 * never may: a browser lets it submit a form anywhere, but tells its origin
 * (Origin, Sec-Fetch-Site). Nor may it open a WebSocket, which browsers allow
 * from any page, unless access.origins lists its origin. The scheme of an
 * origin is compared only when the server says that the request came by TLS.
 *
 * Source: https://fetch.spec.whatwg.org/#origin-header
 *         https://www.w3.org/TR/fetch-metadata/
 */
#ifndef SHARED_HTTP_ACCESS_H
#define SHARED_HTTP_ACCESS_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/conf/conf.h"
#include "shared/model/problem.h"
#include "shared/wire/request.h"

/* False: refused, `p` is filled. */
bool access_may_publish(const struct request *r, const struct conf *conf,
			struct problem *p) MUST_USE;
bool access_may_connect(const struct request *r, const struct conf *conf,
			struct problem *p) MUST_USE;

#endif
