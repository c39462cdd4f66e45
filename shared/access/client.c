/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/client.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/network.h"
#include "shared/base/text.h"
#include "shared/host/hash.h"

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

static bool
is_proxy(struct text address, const struct conf *conf)
{
	return network_listed(conf->access_proxies, address);
}

/* The address before all proxies, of which `peer` is one; what a proxy says
 * that is no address, counts as none. */
static struct text
first_address(struct text peer, struct text forwarded, const struct conf *conf)
{
	int passed = 0;

	do {
		struct text before = take_last(&forwarded);

		if (memchr(before.bytes, '/', before.len) != NULL ||
		    !network_is_valid(before))
			break;
		peer = before;
	} while (++passed < PROXIES_MAX && forwarded.len > 0 &&
		 is_proxy(peer, conf));
	return peer;
}

bool
client_is_disputed(const struct request *r, const struct conf *conf)
{
	return is_proxy(text_of(request_get(r, "REMOTE_ADDR")), conf) &&
	       request_has_several(r, FORWARDED);
}

bool
client_is_http2(const struct request *r)
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

/* Clients behind one address often differ in their browser. */
static uint64_t
browser_of(const char *address, const struct request *r)
{
	static const struct host_hash_key key; /* it protects nothing */
	const char *agent = request_get(r, "HTTP_USER_AGENT");

	return host_hash(&key, address, strlen(address)) +
	       host_hash(&key, agent, strlen(agent));
}

/* What a held request takes: mark.h says where it stands. */
static const char *
mark_of(const struct request *r)
{
	static const char prefix[] = MARK_PREFIX;
	const char *mark = request_get(r, "PUSH_BUDGET");
	const char *root = request_get(r, "DOCUMENT_ROOT");

	if (mark[0] == '\0' && strncmp(root, prefix, strlen(prefix)) == 0)
		return root + strlen(prefix);
	return mark;
}

void
client_read(struct client_id *out, const struct request *r,
	    const struct conf *conf)
{
	const char *port = request_get(r, "REMOTE_PORT");
	struct text address = text_of(request_get(r, "REMOTE_ADDR"));
	bool by_proxy = is_proxy(address, conf);

	if (by_proxy && !request_has_several(r, FORWARDED))
		address = first_address(
		    address, text_of(request_get(r, FORWARDED)), conf);
	memset(out, 0, sizeof(*out));
	mark_read(&out->mark, mark_of(r));
	out->by_mod_http2 = *request_get(r, "H2_STREAM_TAG") != '\0';
	if (address.len >= sizeof(out->address))
		address.len = sizeof(out->address) - 1;
	memcpy(out->address, address.bytes, address.len);
	out->browser = browser_of(out->address, r);
	if (!by_proxy && client_is_http2(r) && is_port(port))
		snprintf(out->connection, sizeof(out->connection), "%s %s",
			 out->address, port);
}
