/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/http/access.h"

#include <arpa/inet.h>
#include <string.h>

#include "shared/http/origin.h"

/* 127.0.0.0/8, ::1, and the first mapped to IPv6. An empty address (lighttpd,
 * for a client on a unix socket) is not loopback. */
static bool
is_loopback(const char *address)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, address, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, address, &v6) != 1)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&v6) ||
	       (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

/* A local proxy has a loopback address, whoever its client is. */
static bool
came_through_a_proxy(const struct request *r)
{
	static const char *const headers[] = {"HTTP_FORWARDED",
					      "HTTP_X_FORWARDED_FOR",
					      "HTTP_X_REAL_IP", "HTTP_VIA"};
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (request_get(r, headers[i])[0] != '\0')
			return true;
	return false;
}

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

static bool
is_cross_site(const struct request *r)
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
access_may_publish(const struct request *r, const struct conf *conf,
		   struct problem *p)
{
	if (is_cross_site(r))
		return problem_set(p, 403,
				   "Pages of other sites are not allowed to "
				   "publish.");
	if (conf->access_publish == PUBLISH_ANY)
		return true;
	if (conf->access_publish == PUBLISH_NONE)
		return problem_set(p, 403,
				   "Publishing over HTTP is disabled "
				   "(access.publish = none).");
	if (!is_loopback(request_get(r, "REMOTE_ADDR")) ||
	    came_through_a_proxy(r))
		return problem_set(p, 403,
				   "Publishing over HTTP is allowed from "
				   "this machine only (access.publish = "
				   "loopback).");
	return true;
}

bool
access_may_connect(const struct request *r, const struct conf *conf,
		   struct problem *p)
{
	const char *origin = request_get(r, "HTTP_ORIGIN");

	if (!is_cross_site(r) ||
	    origin_listed(conf->access_origins, text_of(origin)).len > 0)
		return true;
	return problem_set(p, 403,
			   "The origin of this page is not listed in "
			   "access.origins.");
}
