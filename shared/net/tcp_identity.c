/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/tcp_identity.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "shared/base/number.h"

enum { MAPPED_SIZE = 12, PORT_MAX = 65535 };

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static const uint8_t mapped[MAPPED_SIZE] = {[10] = 0xff, [11] = 0xff};

static void
take_namespace(uint8_t out[TCP_NAMESPACE_SIZE], int fd)
{
	memset(out, 0, TCP_NAMESPACE_SIZE);
#ifdef SO_NETNS_COOKIE
	socklen_t len = TCP_NAMESPACE_SIZE;

	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, out, &len) != 0)
		memset(out, 0, TCP_NAMESPACE_SIZE);
#else
	(void)fd;
#endif
}

/* --- from texts ----------------------------------------------------------- */

static bool
parse_address(uint8_t out[TCP_ADDRESS_SIZE], const char *text)
{
	memcpy(out, mapped, MAPPED_SIZE);
	return inet_pton(AF_INET, text, out + MAPPED_SIZE) == 1 ||
	       inet_pton(AF_INET6, text, out) == 1;
}

static bool
parse_port(uint16_t *out, const char *text)
{
	uint64_t port;

	if (!number_parse(&port, text_of(text), PORT_MAX + 1) || port == 0 ||
	    port > PORT_MAX)
		return false;
	*out = (uint16_t)port;
	return true;
}

bool
tcp_identity_parse(struct tcp_identity *out,
		   const struct tcp_identity_texts *texts, int fd)
{
	take_namespace(out->network, fd);
	return parse_address(out->peer, texts->peer) &&
	       parse_port(&out->peer_port, texts->peer_port) &&
	       parse_address(out->local, texts->local) &&
	       parse_port(&out->local_port, texts->local_port);
}

/* --- of a socket ---------------------------------------------------------- */

static bool
take_address(uint8_t out[TCP_ADDRESS_SIZE], uint16_t *port,
	     const union address *name)
{
	if (name->any.sa_family == AF_INET) {
		memcpy(out, mapped, MAPPED_SIZE);
		memcpy(out + MAPPED_SIZE, &name->ipv4.sin_addr,
		       TCP_ADDRESS_SIZE - MAPPED_SIZE);
		*port = ntohs(name->ipv4.sin_port);
		return true;
	}
	if (name->any.sa_family != AF_INET6)
		return false;
	memcpy(out, &name->ipv6.sin6_addr, TCP_ADDRESS_SIZE);
	*port = ntohs(name->ipv6.sin6_port);
	return true;
}

const char *
tcp_identity_of(struct tcp_identity *out, int fd)
{
	int protocol = 0;
	socklen_t len = sizeof(protocol);
	union address peer, local;
	socklen_t peer_len = sizeof(peer), local_len = sizeof(local);

	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) != 0)
		return "it is not a socket";
	if (protocol != IPPROTO_TCP)
		return "it is not a TCP socket";
	if (getpeername(fd, &peer.any, &peer_len) != 0 ||
	    getsockname(fd, &local.any, &local_len) != 0)
		return "it is not connected";
	if (!take_address(out->peer, &out->peer_port, &peer) ||
	    !take_address(out->local, &out->local_port, &local))
		return "it is neither IPv4 nor IPv6";
	take_namespace(out->network, fd);
	return NULL;
}

bool
tcp_identity_is_established(int fd)
{
	struct tcp_info info = {.tcpi_state = 0};
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	       info.tcpi_state == TCP_ESTABLISHED;
}

/* --- use ------------------------------------------------------------------ */

bool
tcp_identity_equals(const struct tcp_identity *a, const struct tcp_identity *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static const char *
address_text(char out[INET6_ADDRSTRLEN], const uint8_t address[])
{
	bool ipv4 = memcmp(address, mapped, MAPPED_SIZE) == 0;

	if (inet_ntop(ipv4 ? AF_INET : AF_INET6,
		      ipv4 ? address + MAPPED_SIZE : address, out,
		      INET6_ADDRSTRLEN) == NULL)
		return "?";
	return out;
}

void
tcp_identity_text(char out[TCP_IDENTITY_TEXT_SIZE],
		  const struct tcp_identity *id)
{
	char peer[INET6_ADDRSTRLEN], local[INET6_ADDRSTRLEN];

	snprintf(out, TCP_IDENTITY_TEXT_SIZE, "%s %u %s %u",
		 address_text(peer, id->peer), id->peer_port,
		 address_text(local, id->local), id->local_port);
}
