/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/local.h"

#include <arpa/inet.h>
#include <string.h>

#include "shared/base/text.h"

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

static bool
came_through_a_proxy(const struct request *r)
{
	static const char *const headers[] = {"HTTP_FORWARDED",
					      "HTTP_X_FORWARDED_FOR",
					      "HTTP_X_REAL_IP", "HTTP_VIA"};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (request_get(r, headers[i])[0] != '\0')
			return true;
	return false;
}

/* The Host without its port: localhost, 127.0.0.1, [::1]. */
static bool
is_loopback_host(const char *host)
{
	char name[INET6_ADDRSTRLEN + 1];
	bool in_brackets = host[0] == '[';
	struct text text = {host + in_brackets,
			    strcspn(host, in_brackets ? "]" : ":") -
				in_brackets};

	if (text.len > 0 && text.bytes[text.len - 1] == '.')
		text.len--;
	if (text_is_nocase(text, "localhost"))
		return !in_brackets;
	if (text.len >= sizeof(name))
		return false;
	memcpy(name, text.bytes, text.len);
	name[text.len] = '\0';
	return is_loopback(name);
}

bool
local_is_client(const struct request *r)
{
	return is_loopback(request_get(r, "REMOTE_ADDR")) &&
	       !came_through_a_proxy(r) &&
	       is_loopback_host(request_get(r, "HTTP_HOST"));
}
