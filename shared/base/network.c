/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/network.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "shared/base/number.h"

enum { BITS = 128, MAPPED = 96 /* the bits before an IPv4 address */ };

struct network {
	struct in6_addr address;
	unsigned int bits;
};

/* Sets all bits. `*first` is the number of bits before the address itself. */
static bool
parse_address(struct in6_addr *out, unsigned int *first, struct text text)
{
	static const unsigned char mapped[] = {[10] = 0xff, 0xff};
	char string[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(string) ||
	    memchr(text.bytes, '\0', text.len) != NULL)
		return false;
	memcpy(string, text.bytes, text.len);
	string[text.len] = '\0';
	*first = memchr(string, ':', text.len) != NULL ? 0 : MAPPED;
	if (*first == 0)
		return inet_pton(AF_INET6, string, out) == 1;
	memcpy(out->s6_addr, mapped, sizeof(mapped));
	return inet_pton(AF_INET, string, out->s6_addr + sizeof(mapped)) == 1;
}

static bool
parse_network(struct network *out, struct text text)
{
	struct text address;
	unsigned int first;
	uint64_t bits;

	out->bits = BITS;
	if (!text_cut(&text, '/', &address))
		return parse_address(&out->address, &first, text);
	if (!parse_address(&out->address, &first, address) ||
	    !number_parse(&bits, text, BITS + 1) || first + bits > BITS)
		return false;
	out->bits = first + (unsigned int)bits;
	return true;
}

static bool
contains(const struct network *n, const struct in6_addr *address)
{
	const unsigned char *a = n->address.s6_addr, *b = address->s6_addr;
	size_t whole = n->bits / 8;
	unsigned int rest = n->bits % 8;

	return memcmp(a, b, whole) == 0 &&
	       (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

bool
network_is_valid(struct text text)
{
	struct network network;

	return parse_network(&network, text);
}

bool
network_listed(const char *list, struct text address)
{
	struct in6_addr client;
	struct network network;
	struct text listed;
	unsigned int first;

	if (list[0] == '\0' || !parse_address(&client, &first, address))
		return false;
	while (text_word(&list, &listed))
		if (parse_network(&network, listed) &&
		    contains(&network, &client))
			return true;
	return false;
}

bool
network_host(uint8_t out[NETWORK_HOST_SIZE], struct text address)
{
	struct in6_addr parsed;
	struct text host;
	unsigned int first;

	if (!text_cut(&address, '%', &host))
		host = address;
	if (!parse_address(&parsed, &first, host))
		return false;
	memcpy(out, parsed.s6_addr, NETWORK_HOST_SIZE);
	if (!IN6_IS_ADDR_V4MAPPED(&parsed))
		memset(out + NETWORK_HOST_SIZE / 2, 0, NETWORK_HOST_SIZE / 2);
	return true;
}

bool
network_is_loopback(struct text address)
{
	struct in6_addr parsed;
	unsigned int first;

	if (!parse_address(&parsed, &first, address))
		return false;
	return IN6_IS_ADDR_V4MAPPED(&parsed) ? parsed.s6_addr[MAPPED / 8] == 127
					     : IN6_IS_ADDR_LOOPBACK(&parsed);
}
