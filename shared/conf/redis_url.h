/* SPDX-License-Identifier: MIT */
/*
 * redis_url.h - parses the setting bus.url, the address of Redis.
 *
 *	redis://[user:password@]host[:port][/db]	TCP; [::1] for IPv6
 *	rediss://[user:password@]host[:port][/db]	the same with TLS
 *	unix://[user:password@]/path[?db=N]		unix socket
 *
 * User, password and path may be percent-encoded. A password without user is
 * `:password@`. The defaults are port 6379 and db 0; db is 0-9999.
 */
#ifndef SHARED_CONF_REDIS_URL_H
#define SHARED_CONF_REDIS_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/attributes.h"

enum { REDIS_URL_MAX = 512 }; /* bytes, without the NUL */

/* Strings are NUL-terminated; "" when the URL has no such part. */
struct redis_url {
	char host[REDIS_URL_MAX + 1]; /* "" for a unix socket */
	char path[REDIS_URL_MAX + 1]; /* "" for TCP */
	char user[REDIS_URL_MAX + 1];
	char password[REDIS_URL_MAX + 1];
	bool tls;
	uint16_t port;
	bool has_port; /* false: it is the default one */
	unsigned int db;
};

enum { REDIS_URL_SHOWN = 160 };

/* Where it is, for people, without the password: host:port/db or path?db=N, cut
 * to fit. */
void redis_url_show(char out[REDIS_URL_SHOWN], const struct redis_url *url);

/* Returns NULL when `text` is valid, or else a phrase that describes the error.
 * Static; it never contains parts of `text`, which may have a password. */
const char *redis_url_parse(struct redis_url *out, const char *text) MUST_USE;

#endif
