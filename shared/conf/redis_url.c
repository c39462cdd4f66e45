/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/redis_url.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "shared/base/number.h"

enum { DEFAULT_PORT = 6379, PORT_MAX = 65535, DB_MAX = 9999 };
enum { SOCKET_PATH_MAX = sizeof(((struct sockaddr_un *)0)->sun_path) - 1 };

static const char HOST_CHARACTERS[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

/* Decodes a percent-encoded part. */
static const char *
decode(char out[REDIS_URL_MAX + 1], struct text part)
{
	size_t n = 0;

	for (size_t i = 0; i < part.len; i++) {
		int high, low;

		if (part.bytes[i] != '%') {
			out[n++] = part.bytes[i];
			continue;
		}
		high =
		    i + 1 < part.len ? number_hex_digit(part.bytes[i + 1]) : -1;
		low =
		    i + 2 < part.len ? number_hex_digit(part.bytes[i + 2]) : -1;
		if (high < 0 || low < 0)
			return "expected two hex digits after %; write % "
			       "itself as %25";
		if (high == 0 && low == 0)
			return "%00 is not allowed";
		out[n++] = (char)(high << 4 | low);
		i += 2;
	}
	out[n] = '\0';
	return NULL;
}

/* False: not only digits, or above `max`. */
static bool
read_number(unsigned int *out, struct text part, unsigned int max)
{
	uint64_t n;

	if (!number_parse(&n, part, UINT32_MAX) || n > max)
		return false;
	*out = (unsigned int)n;
	return true;
}

/* Removes the part before one of `stops` from the front of `text`. */
static struct text
take(const char **text, const char *stops)
{
	struct text part = {*text, strcspn(*text, stops)};

	*text += part.len;
	return part;
}

/* Removes `user:password@` from the front of `authority`, if present. */
static const char *
read_login(struct redis_url *out, struct text *authority)
{
	const char *end = authority->bytes + authority->len;
	const char *at = memchr(authority->bytes, '@', authority->len);
	struct text user, password;
	const char *colon, *fault;

	if (at == NULL)
		return NULL;
	colon = memchr(authority->bytes, ':', (size_t)(at - authority->bytes));
	if (colon == NULL)
		return "expected user:password or :password before @";
	if (memchr(at + 1, '@', (size_t)(end - at - 1)) != NULL)
		return "more than one @; write @ in a user or password as %40";
	user =
	    (struct text){authority->bytes, (size_t)(colon - authority->bytes)};
	password = (struct text){colon + 1, (size_t)(at - colon - 1)};
	*authority = (struct text){at + 1, (size_t)(end - at - 1)};
	fault = decode(out->user, user);
	return fault != NULL ? fault : decode(out->password, password);
}

/* Copies the address in `[::1]`. */
static const char *
read_ipv6(struct redis_url *out, struct text *rest)
{
	const char *close = memchr(rest->bytes, ']', rest->len);
	struct in6_addr address;
	size_t len;

	if (close == NULL)
		return "missing ] after the IPv6 address";
	len = (size_t)(close - rest->bytes) - 1;
	memcpy(out->host, rest->bytes + 1, len);
	if (inet_pton(AF_INET6, out->host, &address) != 1)
		return "invalid IPv6 address in [ ]";
	rest->len -= len + 2;
	rest->bytes += len + 2;
	return NULL;
}

/* Parses `host[:port]`. */
static const char *
read_host(struct redis_url *out, struct text rest)
{
	unsigned int port = DEFAULT_PORT;

	if (rest.len > 0 && rest.bytes[0] == '[') {
		const char *fault = read_ipv6(out, &rest);

		if (fault != NULL)
			return fault;
	} else {
		size_t len = 0;

		while (len < rest.len && rest.bytes[len] != ':')
			len++;
		memcpy(out->host, rest.bytes, len);
		if (len == 0)
			return "missing host";
		if (strspn(out->host, HOST_CHARACTERS) != len)
			return "invalid host: expected a name, an IPv4 "
			       "address, or an IPv6 address in [ ]";
		rest.bytes += len;
		rest.len -= len;
	}
	if (rest.len > 0) {
		struct text digits = {rest.bytes + 1, rest.len - 1};

		if (rest.bytes[0] != ':' ||
		    !read_number(&port, digits, PORT_MAX) || port == 0)
			return "expected :port from 1 to 65535 after the host";
	}
	out->has_port = rest.len > 0;
	out->port = (uint16_t)port;
	return NULL;
}

/* The part after redis:// or rediss:// */
static const char *
read_tcp(struct redis_url *out, const char *text)
{
	struct text authority = take(&text, "/?#");
	const char *fault = read_login(out, &authority);

	if (fault == NULL)
		fault = read_host(out, authority);
	if (fault != NULL)
		return fault;
	if (*text == '/')
		text++;
	if (*text != '\0' && !read_number(&out->db, take(&text, ""), DB_MAX))
		return "expected nothing or /db from 0 to 9999 after the host";
	return NULL;
}

/* The part after unix:// */
static const char *
read_unix(struct redis_url *out, const char *text)
{
	struct text login = take(&text, "/?#");
	const char *fault = read_login(out, &login);

	if (fault != NULL)
		return fault;
	if (login.len > 0 || *text != '/')
		return "expected an absolute path after unix://";
	fault = decode(out->path, take(&text, "?#"));
	if (fault != NULL)
		return fault;
	if (strlen(out->path) > SOCKET_PATH_MAX)
		return "path too long for a unix socket";
	if (*text == '\0')
		return NULL;
	if (strncmp(text, "?db=", 4) != 0)
		return "expected nothing or ?db=N after the path";
	text += 4;
	if (!read_number(&out->db, take(&text, ""), DB_MAX))
		return "db must be from 0 to 9999";
	return NULL;
}

const char *
redis_url_parse(struct redis_url *out, const char *text)
{
	memset(out, 0, sizeof(*out));
	if (strlen(text) > REDIS_URL_MAX)
		return "longer than 512 bytes";
	for (const char *p = text; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return "invalid character; in a user, password or "
			       "path, write any byte that is not printable "
			       "ASCII as %XX";
	if (strncmp(text, "redis://", 8) == 0)
		return read_tcp(out, text + 8);
	if (strncmp(text, "unix://", 7) == 0)
		return read_unix(out, text + 7);
	out->tls = strncmp(text, "rediss://", 9) == 0;
	if (out->tls)
		return read_tcp(out, text + 9);
	return "expected redis://[user:password@]host[:port][/db], the same "
	       "with rediss://, or unix://[user:password@]/path[?db=N]";
}

void
redis_url_show(char out[REDIS_URL_SHOWN], const struct redis_url *url)
{
	bool is_v6 = strchr(url->host, ':') != NULL;

	if (url->path[0] != '\0')
		snprintf(out, REDIS_URL_SHOWN, "%.128s?db=%u", url->path,
			 url->db);
	else
		snprintf(out, REDIS_URL_SHOWN, "%s%.128s%s:%u/%u",
			 is_v6 ? "[" : "", url->host, is_v6 ? "]" : "",
			 url->port, url->db);
}
