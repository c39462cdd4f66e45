/* SPDX-License-Identifier: MIT */
/*
 * sentinel_list.h - parses the setting bus.sentinel.
 *
 *	[user:password@]host[:port],host[:port],...
 *
 * One user and password for all, percent-encoded as in bus.url; the default
 * port is 26379.
 */
#ifndef SHARED_CONF_SENTINEL_LIST_H
#define SHARED_CONF_SENTINEL_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/attributes.h"
#include "shared/conf/redis_url.h"

enum { SENTINELS_MAX = 16, SENTINEL_HOST_MAX = 255 };

struct sentinel_list {
	char user[REDIS_URL_MAX + 1]; /* "": none */
	char password[REDIS_URL_MAX + 1];
	size_t count; /* 0: Sentinel is not used */
	struct {
		char host[SENTINEL_HOST_MAX + 1];
		uint16_t port;
	} at[SENTINELS_MAX];
};

/* Returns NULL when `text` is valid, or else a phrase that describes the error.
 * Static; it never contains parts of `text`, which may have a password. "" is
 * an empty list. */
const char *sentinel_list_parse(struct sentinel_list *out,
				const char *text) MUST_USE;

#endif
