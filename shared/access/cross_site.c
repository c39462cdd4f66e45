/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/cross_site.h"

#include <string.h>

#include "shared/access/origin.h"
#include "shared/base/network.h"

/* What a proxy of ours states, or "". Anybody else may send the header, too. */
static const char *
proxied_scheme(const struct request *r, const struct conf *conf)
{
	struct text proto = text_of(request_get(r, "HTTP_X_FORWARDED_PROTO"));

	if (proto.len == 0 ||
	    !network_listed(conf->access_proxies,
			    text_of(request_get(r, "REMOTE_ADDR"))))
		return "";
	return text_is_nocase(proto, "https")  ? "https"
	       : text_is_nocase(proto, "http") ? "http"
					       : "";
}

/*
 * "http" or "https" if it is known, or else "". That the server itself sees no
 * TLS says nothing: behind a proxy that ends TLS, REQUEST_SCHEME is http, and
 * the page is https.
 */
static const char *
known_scheme(const struct request *r, const struct conf *conf)
{
	const char *proxied = proxied_scheme(r, conf);
	struct text https = text_of(request_get(r, "HTTPS"));
	struct text scheme = text_of(request_get(r, "REQUEST_SCHEME"));

	if (proxied[0] != '\0')
		return proxied;
	return text_is_nocase(https, "on") || text_is_nocase(scheme, "https")
		   ? "https"
		   : "";
}

bool
cross_site_is(const struct request *r, const struct conf *conf)
{
	const char *site = request_get(r, "HTTP_SEC_FETCH_SITE");
	const char *origin = request_get(r, "HTTP_ORIGIN");

	if (site[0] != '\0' && strcmp(site, "same-origin") != 0 &&
	    strcmp(site, "none") != 0)
		return true;
	return origin[0] != '\0' &&
	       !origin_is_same(text_of(origin),
			       text_of(request_get(r, "HTTP_HOST")),
			       known_scheme(r, conf));
}

bool
cross_site_may_publish(const struct request *r, const struct conf *conf,
		       struct problem *p)
{
	return !cross_site_is(r, conf) ||
	       problem_set(p, 403,
			   "Pages of other sites are not allowed to publish.");
}

bool
cross_site_may_connect(const struct request *r, const struct conf *conf,
		       struct problem *p)
{
	struct text origin = text_of(request_get(r, "HTTP_ORIGIN"));

	return !cross_site_is(r, conf) ||
	       origin_listed(conf->access_origins, origin).len > 0 ||
	       problem_set(p, 403,
			   "The origin of this page is not listed in "
			   "access.origins.");
}

/* A link or the address bar, whose response no other page can see. */
static bool
is_navigation(const struct request *r)
{
	return strcmp(request_get(r, "HTTP_SEC_FETCH_MODE"), "navigate") == 0 &&
	       strcmp(request_get(r, "HTTP_SEC_FETCH_DEST"), "document") == 0;
}

bool
cross_site_may_look(const struct request *r, const struct conf *conf,
		    struct problem *p)
{
	struct text origin = text_of(request_get(r, "HTTP_ORIGIN"));

	return !cross_site_is(r, conf) || is_navigation(r) ||
	       origin_listed(conf->access_origins, origin).len > 0 ||
	       problem_set(p, 403,
			   "Pages of other sites may not have this looked at, "
			   "unless access.origins lists their origin.");
}
