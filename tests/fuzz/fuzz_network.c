/* SPDX-License-Identifier: MIT */
/*
 * fuzz_network.c - any lines as an address and a list of networks.
 *
 * An address that is in a list is valid, is in the list of itself, and in that
 * of all addresses of its kind; what is not valid is in no list.
 */
#include "config.h"

#include <string.h>

#include "shared/base/network.h"
#include "tests/fuzz/fuzz.h"

static void
check_address(struct text address, const char *list)
{
	char *self = string_of(address);
	bool known = network_listed("0.0.0.0/0 ::/0", address);

	check(!network_listed(list, address) || known);
	check(!known || network_is_valid(address));
	check(network_listed(self, address) == known);
	free(self);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text list = {(const char *)bytes, len}, address;
	char *copy;

	if (!text_cut(&list, '\n', &address))
		return 0;
	copy = string_of(list);
	check_address(address, copy);
	free(copy);
	return 0;
}
