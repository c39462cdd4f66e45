/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_address.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "shared/conf/redis_url.h"

/* redis_url.c has checked that the path fits. */
static void
read_path(struct redis_addresses *out, const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct redis_address *a = &out->at[0];
	size_t len = strlen(path);

	assert(len < sizeof(sun.sun_path));
	memcpy(sun.sun_path, path, len);
	memcpy(&a->sockaddr, &sun, sizeof(sun));
	a->len = sizeof(sun);
	memcpy(a->text, path, len + 1);
	out->count = 1;
}

static void
add(struct redis_addresses *out, const struct addrinfo *info, uint16_t port)
{
	struct redis_address *a = &out->at[out->count];
	bool is_v6 = info->ai_family == AF_INET6;
	char host[64];

	if (out->count == REDIS_ADDRESS_MAX ||
	    info->ai_addrlen > sizeof(a->sockaddr) ||
	    getnameinfo(info->ai_addr, info->ai_addrlen, host, sizeof(host),
			NULL, 0, NI_NUMERICHOST) != 0)
		return;
	memcpy(&a->sockaddr, info->ai_addr, info->ai_addrlen);
	a->len = info->ai_addrlen;
	snprintf(a->text, sizeof(a->text), "%s%s%s:%u", is_v6 ? "[" : "", host,
		 is_v6 ? "]" : "", port);
	out->count++;
}

static void
add_family(struct redis_addresses *out, const struct addrinfo *list, int family,
	   uint16_t port)
{
	for (; list != NULL; list = list->ai_next)
		if (list->ai_family == family)
			add(out, list, port);
}

/* Returns 0 or an error of getaddrinfo(). */
static int
look_up(struct redis_addresses *out, const char *host, uint16_t port, int flags)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = flags | AI_NUMERICSERV};
	struct addrinfo *list;
	char service[8];
	int error;

	snprintf(service, sizeof(service), "%u", port);
	error = getaddrinfo(host, service, &hints, &list);
	if (error != 0)
		return error;
	add_family(out, list, AF_INET, port);
	add_family(out, list, AF_INET6, port);
	freeaddrinfo(list);
	return out->count > 0 ? 0 : EAI_NONAME;
}

bool
redis_addresses_read(struct redis_addresses *out, const struct redis_url *url)
{
	memset(out, 0, sizeof(*out));
	if (url->path[0] == '\0')
		return look_up(out, url->host, url->port, AI_NUMERICHOST) == 0;
	read_path(out, url->path);
	return true;
}

void
redis_addresses_resolve(struct redis_addresses *out, const char *host,
			uint16_t port)
{
	int error;

	memset(out, 0, sizeof(*out));
	error = look_up(out, host, port, 0);
	if (error != 0)
		snprintf(out->error, sizeof(out->error), "%s",
			 error == EAI_SYSTEM ? strerror(errno)
					     : gai_strerror(error));
}
