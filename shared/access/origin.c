/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/origin.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "shared/base/number.h"

enum { PORT_MAX = 65535 };

struct authority {
	struct text host; /* without brackets */
	bool is_ipv6;
	struct in6_addr ipv6;
	unsigned int port;
};

struct origin {
	const char *scheme; /* one of `schemes` */
	struct authority authority;
};

static const char *const schemes[] = {"http", "https"};

static bool
is_host_character(char c)
{
	return number_is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
}

/* What precedes a ':', if there is one. False: empty, or another character. */
static bool
take_name(struct authority *out, struct text *rest)
{
	size_t len = 0;

	while (len < rest->len && is_host_character(rest->bytes[len]))
		len++;
	out->host = (struct text){rest->bytes, len};
	rest->bytes += len;
	rest->len -= len;
	return len > 0;
}

/* Its brackets are in `rest`. */
static bool
take_ipv6(struct authority *out, struct text *rest)
{
	char address[INET6_ADDRSTRLEN];

	rest->bytes++;
	rest->len--;
	if (!text_cut(rest, ']', &out->host) ||
	    out->host.len >= sizeof(address))
		return false;
	memcpy(address, out->host.bytes, out->host.len);
	address[out->host.len] = '\0';
	out->is_ipv6 = strlen(address) == out->host.len &&
		       inet_pton(AF_INET6, address, &out->ipv6) == 1;
	return out->is_ipv6;
}

/* host[:port] */
static bool
parse_authority(struct authority *out, struct text text, unsigned int fallback)
{
	uint64_t port;

	*out = (struct authority){.port = fallback};
	if (text.len == 0)
		return false;
	if (!(*text.bytes == '[' ? take_ipv6 : take_name)(out, &text))
		return false;
	if (text.len > 0 && *text.bytes != ':')
		return false;
	if (text.len <= 1)
		return true;
	text = (struct text){text.bytes + 1, text.len - 1};
	if (!number_parse(&port, text, PORT_MAX + 1) || port > PORT_MAX)
		return false;
	out->port = (unsigned int)port;
	return true;
}

/* Moves `*origin` past its scheme; returns the one of `schemes`, or NULL. */
static const char *
take_scheme(struct text *origin)
{
	struct text scheme;

	if (!text_cut(origin, ':', &scheme) || origin->len < 2 ||
	    memcmp(origin->bytes, "//", 2) != 0)
		return NULL;
	origin->bytes += 2;
	origin->len -= 2;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (text_is_nocase(scheme, schemes[i]))
			return schemes[i];
	return NULL;
}

static unsigned int
default_port(const char *scheme)
{
	return strcmp(scheme, "https") == 0 ? 443 : 80;
}

static bool
is_same_host(const struct authority *a, const struct authority *b)
{
	if (a->is_ipv6 != b->is_ipv6)
		return false;
	if (a->is_ipv6)
		return memcmp(&a->ipv6, &b->ipv6, sizeof(a->ipv6)) == 0;
	return text_equals_nocase(a->host, b->host);
}

/* scheme://host[:port] */
static bool
parse_origin(struct origin *out, struct text text)
{
	out->scheme = take_scheme(&text);
	return out->scheme != NULL &&
	       parse_authority(&out->authority, text,
			       default_port(out->scheme));
}

static bool
is_same_authority(const struct authority *a, const struct authority *b)
{
	return is_same_host(a, b) && a->port == b->port;
}

bool
origin_is_same(struct text origin, struct text host, const char *scheme)
{
	struct origin page;
	struct authority target;

	return parse_origin(&page, origin) &&
	       (*scheme == '\0' || strcmp(scheme, page.scheme) == 0) &&
	       parse_authority(&target, host, default_port(page.scheme)) &&
	       is_same_authority(&page.authority, &target);
}

struct text
origin_listed(const char *list, struct text origin)
{
	struct origin page, other;
	struct text listed;

	if (!parse_origin(&page, origin))
		return (struct text){0};
	while (text_word(&list, &listed))
		if (parse_origin(&other, listed) &&
		    other.scheme == page.scheme &&
		    is_same_authority(&page.authority, &other.authority))
			return listed;
	return (struct text){0};
}
