/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/client.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/network.h"
#include "shared/base/text.h"

enum { PROXIES_MAX = 16 /* one behind the other */ };

#define FORWARDED "HTTP_X_FORWARDED_FOR"

/* Takes the last item from a list, without the spaces around it. */
static struct text
take_last(struct text *list)
{
	size_t end = list->len, start, next;

	while (end > 0 &&
	       (list->bytes[end - 1] == ' ' || list->bytes[end - 1] == '\t'))
		end--;
	for (start = end; start > 0 && list->bytes[start - 1] != ','; start--)
		;
	next = start > 0 ? start - 1 : 0;
	while (start < end &&
	       (list->bytes[start] == ' ' || list->bytes[start] == '\t'))
		start++;
	list->len = next;
	return (struct text){list->bytes + start, end - start};
}

/* The address before all proxies; what a proxy says that is no address, counts
 * as none. */
static struct text
first_address(struct text peer, struct text forwarded, const struct conf *conf)
{
	for (int i = 0; i < PROXIES_MAX && forwarded.len > 0 &&
			network_listed(conf->access_proxies, peer);
	     i++) {
		struct text before = take_last(&forwarded);

		if (memchr(before.bytes, '/', before.len) != NULL ||
		    !network_is_valid(before))
			break;
		peer = before;
	}
	return peer;
}

bool
client_is_disputed(const struct request *r, const struct conf *conf)
{
	return request_has_several(r, FORWARDED) &&
	       network_listed(conf->access_proxies,
			      text_of(request_get(r, "REMOTE_ADDR")));
}

static bool
is_http2(const struct request *r)
{
	return strncmp(request_get(r, "SERVER_PROTOCOL"), "HTTP/2", 6) == 0 ||
	       strcmp(request_get(r, "HTTP2"), "on") == 0 ||
	       strcmp(request_get(r, "H2"), "on") == 0;
}

/* lighttpd states port 0 for a client on a unix socket. */
static bool
is_port(const char *port)
{
	size_t len = strlen(port);

	return len > 0 && len <= 5 && strspn(port, "0123456789") == len &&
	       strspn(port, "0") < len;
}

void
client_read(struct client_id *out, const struct request *r,
	    const struct conf *conf)
{
	const char *peer = request_get(r, "REMOTE_ADDR");
	const char *port = request_get(r, "REMOTE_PORT");
	bool disputed = client_is_disputed(r, conf);
	struct text address = first_address(
	    text_of(peer), text_of(disputed ? "" : request_get(r, FORWARDED)),
	    conf);

	memset(out, 0, sizeof(*out));
	mark_read(&out->mark, request_get(r, "PUSH_BUDGET"));
	if (address.len >= sizeof(out->address))
		address.len = sizeof(out->address) - 1;
	memcpy(out->address, address.bytes, address.len);
	if (is_http2(r) && is_port(port) &&
	    !network_listed(conf->access_proxies, text_of(peer)))
		snprintf(out->connection, sizeof(out->connection), "%s %s",
			 out->address, port);
}
