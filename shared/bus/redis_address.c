/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_address.h"

#include <stddef.h>
#include <sys/socket.h>

#include "shared/base/log.h"
#include "shared/conf/redis_url.h"

/* Returns 0 or an error for gai_strerror(). */
static int
resolve(char address[REDIS_ADDRESS_SIZE], const char *host, int family)
{
	struct addrinfo hints = {.ai_family = family,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *info;
	int error = getaddrinfo(host, NULL, &hints, &info);

	if (error != 0)
		return error;
	error = getnameinfo(info->ai_addr, info->ai_addrlen, address,
			    REDIS_ADDRESS_SIZE, NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(info);
	return error;
}

bool
redis_address_resolve(char address[REDIS_ADDRESS_SIZE],
		      const struct redis_url *url)
{
	int error;

	address[0] = '\0';
	if (url->path[0] != '\0')
		return true;
	/* IPv4 first: by default Redis listens on 127.0.0.1 */
	error = resolve(address, url->host, AF_INET);
	if (error != 0)
		error = resolve(address, url->host, AF_INET6);
	if (error != 0)
		log_error("start", "setting=bus.url host=%s reason=\"%s\"",
			  url->host, gai_strerror(error));
	return error == 0;
}
