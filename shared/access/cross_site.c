/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/cross_site.h"

#include <string.h>

#include "shared/access/origin.h"

/*
 * "https" if the server says that the request came by TLS, or else "". The
 * contrary is not known: behind a proxy that ends TLS, REQUEST_SCHEME is http,
 * and the page is https.
 */
static const char *
known_scheme(const struct request *r)
{
	struct text https = text_of(request_get(r, "HTTPS"));
	struct text scheme = text_of(request_get(r, "REQUEST_SCHEME"));

	return text_is_nocase(https, "on") || text_is_nocase(scheme, "https")
		   ? "https"
		   : "";
}

bool
cross_site_is(const struct request *r)
{
	const char *site = request_get(r, "HTTP_SEC_FETCH_SITE");
	const char *origin = request_get(r, "HTTP_ORIGIN");

	if (site[0] != '\0' && strcmp(site, "same-origin") != 0 &&
	    strcmp(site, "none") != 0)
		return true;
	return origin[0] != '\0' &&
	       !origin_is_same(text_of(origin),
			       text_of(request_get(r, "HTTP_HOST")),
			       known_scheme(r));
}

bool
cross_site_may_publish(const struct request *r, struct problem *p)
{
	return !cross_site_is(r) ||
	       problem_set(p, 403,
			   "Pages of other sites are not allowed to publish.");
}

bool
cross_site_may_connect(const struct request *r, const struct conf *conf,
		       struct problem *p)
{
	struct text origin = text_of(request_get(r, "HTTP_ORIGIN"));

	return !cross_site_is(r) ||
	       origin_listed(conf->access_origins, origin).len > 0 ||
	       problem_set(p, 403,
			   "The origin of this page is not listed in "
			   "access.origins.");
}
