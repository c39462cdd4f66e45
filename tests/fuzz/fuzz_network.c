/* SPDX-License-Identifier: MIT */
/*
 * fuzz_network.c - any lines as an address and a list of networks.
 *
 * An address that is in a list is valid, is in the list of itself, and in that
 * of all addresses of its kind; what is not valid is in no list.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check(bool truth)
{
	if (!truth)
		abort();
}

/* A NUL-terminated copy. */
static char *
string(struct text text)
{
	char *copy = malloc(text.len + 1);

	check(copy != NULL);
	if (text.len > 0)
		memcpy(copy, text.bytes, text.len);
	copy[text.len] = '\0';
	return copy;
}

static void
check_address(struct text address, const char *list)
{
	char *self = string(address);
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
	copy = string(list);
	check_address(address, copy);
	free(copy);
	return 0;
}
