/* SPDX-License-Identifier: MIT */
/*
 * cors.h - responses that a page of a listed origin may read.
 *
 * access.origins lists the origins. Another one is never named, so that no page
 * of a foreign site reads what its visitor may read. Nothing is allowed for
 * publishing: a page of another site may not publish (cross_site.h).
 *
 * Source: https://fetch.spec.whatwg.org/#http-cors-protocol
 */
#ifndef SHARED_HTTP_CORS_H
#define SHARED_HTTP_CORS_H

#include "shared/base/attributes.h"
#include "shared/base/buf.h"
#include "shared/conf/conf.h"
#include "shared/model/format.h"
#include "shared/wire/request.h"

enum { CORS_ORIGIN_SIZE = FORMAT_ORIGIN_MAX + 1 };

/* The origin of the page as the request has it, if access.origins lists it. Or
 * "": there is none, it is not listed, or is that of the request itself. Pads
 * with NUL bytes. While the settings are wrong (conf.stand_in) each is listed:
 * the response says only when to come back, and without the header lines that
 * would be the end for an EventSource. */
void cors_read(char out[CORS_ORIGIN_SIZE], const struct request *r,
	       const struct conf *conf);

/* The header lines that let the page read the response. Nothing for "". */
void cors_put(struct buf *out, const char *origin);

/* Those of the response to a preflight, which a browser keeps for a day. */
void cors_put_preflight(struct buf *out, const char *origin);

#endif
