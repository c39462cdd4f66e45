/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/http/cors.h"

#include <string.h>

#include "shared/access/cross_site.h"
#include "shared/access/origin.h"

void
cors_read(char out[CORS_ORIGIN_SIZE], const struct request *r,
	  const struct conf *conf)
{
	struct text origin = text_of(request_get(r, "HTTP_ORIGIN")), listed;

	memset(out, 0, CORS_ORIGIN_SIZE); /* formats are compared whole */
	if (origin.len == 0 || !cross_site_is(r, conf))
		return;
	if (conf->stand_in && origin.len < CORS_ORIGIN_SIZE) {
		memcpy(out, origin.bytes, origin.len);
		return;
	}
	/* a browser compares what it sent, letter by letter */
	listed = origin_listed(conf->access_origins, origin);
	if (listed.len > 0 && origin.len < CORS_ORIGIN_SIZE)
		memcpy(out, origin.bytes, origin.len);
}

void
cors_put(struct buf *out, const char *origin)
{
	if (origin[0] == '\0')
		return;
	buf_printf(out,
		   "Access-Control-Allow-Origin: %s\r\n"
		   "Access-Control-Allow-Credentials: true\r\n"
		   "Access-Control-Expose-Headers: Retry-After\r\n"
		   "Vary: Origin\r\n",
		   origin);
}

void
cors_put_preflight(struct buf *out, const char *origin)
{
	if (origin[0] == '\0')
		return;
	buf_printf(out,
		   "Access-Control-Allow-Origin: %s\r\n"
		   "Access-Control-Allow-Credentials: true\r\n"
		   "Access-Control-Allow-Methods: GET, HEAD\r\n"
		   "Access-Control-Allow-Headers: Authorization, "
		   "Last-Event-ID, Cache-Control\r\n"
		   "Access-Control-Max-Age: 86400\r\n"
		   "Vary: Origin\r\n",
		   origin);
}
