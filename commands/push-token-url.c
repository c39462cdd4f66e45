/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-token-url.h"

#include <stdlib.h>
#include <string.h>

#include "shared/access/signature.h"
#include "shared/base/buf.h"
#include "shared/base/xalloc.h"
#include "shared/wire/query.h"

/* Of a URL without its fragment: where its query begins, or its end. */
static size_t
query_start(struct text url)
{
	const char *mark =
	    url.len == 0 ? NULL : memchr(url.bytes, '?', url.len);

	return mark == NULL ? url.len : (size_t)(mark - url.bytes) + 1;
}

static struct text
without_fragment(const char *url)
{
	return (struct text){url, strcspn(url, "#")};
}

/* A parameter of ours, which would be there twice. */
static bool
has_parameter(struct text url)
{
	static const char *const names[] = {"channel", "expires", "sig"};
	size_t start = query_start(url);
	char *copy = xmalloc(url.len - start + 1);
	struct query query;
	struct query_pair pair;
	bool found = false;

	memcpy(copy, url.bytes + start, url.len - start);
	query_init(&query, copy, url.len - start);
	while (query_next(&query, &pair))
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			found = found || text_is(pair.name, names[i]);
	free(copy);
	return found;
}

const char *
push_token_url_fault(const char *url)
{
	for (const char *p = url; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return "A URL must not contain spaces or control "
			       "characters.";
	if (has_parameter(without_fragment(url)))
		return "The URL must not contain channel, expires or sig: "
		       "give the channels by --channel.";
	return NULL;
}

/* Percent-encodes all but the unreserved characters (RFC 3986, section 2.3). */
static void
put_encoded(struct buf *out, const char *text)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";

	for (; *text != '\0'; text++)
		if (strchr(unreserved, *text) != NULL)
			buf_putc(out, *text);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
}

/* The URL up to where the parameters go. */
static void
put_start(struct buf *out, struct text url)
{
	buf_put(out, url.bytes, url.len);
	if (query_start(url) == url.len)
		buf_puts(out, memchr(url.bytes, '?', url.len) ? "" : "?");
	else if (url.bytes[url.len - 1] != '&')
		buf_puts(out, "&");
}

bool
push_token_url(struct buf *out, const struct push_token_options *o,
	       const struct secret *secret, uint64_t now)
{
	struct text channels[CHANNELS_MAX];
	struct text url = without_fragment(o->url == NULL ? "" : o->url);
	char sig[SIGNATURE_SIZE];

	for (size_t i = 0; i < o->channel_count; i++)
		channels[i] = text_of(o->channels[i]);
	if (!signature_make(sig, secret, o->right, channels, o->channel_count,
			    now + o->ttl))
		return false;
	if (o->url != NULL)
		put_start(out, url);
	for (size_t i = 0; i < o->channel_count; i++) {
		buf_puts(out, "channel=");
		put_encoded(out, o->channels[i]);
		buf_puts(out, "&");
	}
	buf_puts(out, "expires=");
	buf_put_u64(out, now + o->ttl);
	buf_puts(out, "&sig=");
	buf_puts(out, sig);
	if (o->url != NULL)
		buf_puts(out, o->url + url.len);
	return true;
}
