/* SPDX-License-Identifier: MIT */
/*
 * network.h - IP addresses and networks, such as 10.0.0.1, 10.0.0.0/8,
 * fe80::/10.
 *
 * An IPv4 address mapped to IPv6 (::ffff:10.0.0.1) is that IPv4 address.
 *
 * Source: RFC 4632, RFC 4291 sections 2.2, 2.3 and 2.5.5.2
 */
#ifndef SHARED_BASE_NETWORK_H
#define SHARED_BASE_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"

/* An address alone or a network in the form ADDRESS/BITS. */
bool network_is_valid(struct text text) MUST_USE;

/* True: `address` is in one of the networks of `list` (text_word()). What is
 * not valid, contains nothing and is in none. */
bool network_listed(const char *list, struct text address) MUST_USE;

enum { NETWORK_HOST_SIZE = 16 };

/* What one client usually has: an IPv4 address, or the first 64 bits of an IPv6
 * address, which may have a zone (fe80::1%eth0: Apache states it). False: the
 * address is invalid. */
bool network_host(uint8_t out[NETWORK_HOST_SIZE], struct text address) MUST_USE;

/* True: 127.0.0.0/8 or ::1. What is not valid, such as an empty address, is
 * not. */
bool network_is_loopback(struct text address) MUST_USE;

#endif
