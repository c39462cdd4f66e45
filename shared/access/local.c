/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/local.h"

#include <netinet/in.h>
#include <string.h>

#include "shared/base/network.h"
#include "shared/base/text.h"

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

/* Nothing, or the port after a host. */
static bool
is_port(const char *text)
{
	return text[0] == '\0' ||
	       (text[0] == ':' &&
		strspn(text + 1, "0123456789") == strlen(text + 1));
}

/* Takes the host from the front of `*at`, without its brackets. False: they are
 * not closed, or hold no IPv6 address. */
static bool
take_host(const char **at, struct text *host)
{
	bool in_brackets = (*at)[0] == '[';

	*at += in_brackets;
	*host = (struct text){*at, strcspn(*at, in_brackets ? "]" : ":")};
	*at += host->len;
	if (!in_brackets)
		return true;
	if (**at != ']' || memchr(host->bytes, ':', host->len) == NULL)
		return false;
	(*at)++;
	return true;
}

/* localhost, 127.0.0.1 or [::1], and a port. */
static bool
is_loopback_host(const char *at)
{
	char name[INET6_ADDRSTRLEN + 1];
	struct text host;

	if (!take_host(&at, &host) || !is_port(at))
		return false;
	if (host.len > 0 && host.bytes[host.len - 1] == '.')
		host.len--;
	if (text_is_nocase(host, "localhost"))
		return true;
	if (host.len >= sizeof(name))
		return false;
	memcpy(name, host.bytes, host.len);
	name[host.len] = '\0';
	return network_is_loopback(text_of(name));
}

bool
local_is_client(const struct request *r)
{
	return network_is_loopback(text_of(request_get(r, "REMOTE_ADDR"))) &&
	       !came_through_a_proxy(r) &&
	       is_loopback_host(request_get(r, "HTTP_HOST"));
}
