/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/exposed.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/base/network.h"

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
	struct sockaddr_storage room;
};

bool
exposed_is_remote(int fd, char text[EXPOSED_ADDRESS_SIZE])
{
	union address name;
	socklen_t len = sizeof(name);

	if (getsockname(fd, &name.any, &len) != 0)
		return false;
	if (name.any.sa_family == AF_INET)
		inet_ntop(AF_INET, &name.ipv4.sin_addr, text,
			  EXPOSED_ADDRESS_SIZE);
	else if (name.any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &name.ipv6.sin6_addr, text,
			  EXPOSED_ADDRESS_SIZE);
	else
		return false;
	return !network_is_loopback(text_of(text));
}

void
exposed_log(const struct conf *conf, int fd)
{
	char address[EXPOSED_ADDRESS_SIZE];

	if (geteuid() == 0)
		log_warn("exposed", "what=root reason=\"the program runs as "
				    "root, which it never needs\"");
	if (exposed_is_remote(fd, address))
		log_warn("exposed",
			 "what=address address=%s reason=\"other machines may "
			 "connect, and who can connect speaks as the web "
			 "server: listen on loopback or a unix socket, or let "
			 "a firewall admit the web server alone\"",
			 address);
	if (conf->exposed_file != NULL)
		log_warn("exposed",
			 "what=settings file=\"%s\" reason=\"it contains a "
			 "password or a secret, and every user can read it: "
			 "chmod o-r\"",
			 conf->exposed_file);
}
