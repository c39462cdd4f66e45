/* SPDX-License-Identifier: MIT */
/*
 * access.h - who may publish over HTTP, and whose pages may open a WebSocket.
 *
 * The setting access.publish says from where; whatever it says, a browser on
 * another site's page may not. (Cross-site pages can send a format anywhere;
 * what they cannot do is hide where they are: Origin, Sec-Fetch-Site.) Nor
 * may such a page open a WebSocket, which no rule of the browser keeps it from,
 * unless access.origins lists its origin.
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

/* False: `p` says why not, for the client. */
bool access_may_publish(const struct request *r, const struct conf *conf,
			struct problem *p) MUST_USE;
bool access_may_connect(const struct request *r, const struct conf *conf,
			struct problem *p) MUST_USE;

#endif
