/* SPDX-License-Identifier: MIT */
/*
 * fuzz_redis_url.c - any text as the address of Redis.
 *
 * A valid one has a host and a port, or a path, and nothing out of range; a URL
 * made of its parts has the same parts.
 */
#include "config.h"

#include <string.h>

#include "shared/base/buf.h"
#include "shared/conf/redis_url.h"
#include "tests/fuzz/fuzz.h"

/* Every byte percent-encoded. */
static void
put_encoded(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_printf(out, "%%%02x", (unsigned char)*text);
}

/* Formats `url`, percent-encoded, and parses the text. */
static void
check_again(const struct redis_url *url)
{
	bool is_unix = url->path[0] != '\0';
	struct redis_url again;
	struct buf out;

	buf_init(&out, 4096);
	buf_puts(&out, is_unix	  ? "unix://"
		       : url->tls ? "rediss://"
				  : "redis://");
	put_encoded(&out, url->user);
	buf_puts(&out, ":");
	put_encoded(&out, url->password);
	buf_puts(&out, "@");
	if (is_unix)
		buf_putc(&out, '/');
	if (is_unix)
		put_encoded(&out, url->path + 1);
	else if (strchr(url->host, ':') != NULL)
		buf_printf(&out, "[%s]", url->host);
	else
		buf_puts(&out, url->host);
	if (url->has_port)
		buf_printf(&out, ":%u", url->port);
	buf_printf(&out, is_unix ? "?db=%u" : "/%u", url->db);
	buf_putc(&out, '\0');
	check(buf_ok(&out));
	if (out.len - 1 <= REDIS_URL_MAX) {
		check(redis_url_parse(&again, out.bytes) == NULL);
		check(memcmp(&again, url, sizeof(again)) == 0);
	}
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1);
	struct redis_url url;
	const char *fault;

	check(text != NULL);
	if (len > 0)
		memcpy(text, bytes, len);
	text[len] = '\0';
	memset(&url, 0x5a, sizeof(url));
	fault = redis_url_parse(&url, text);
	if (fault == NULL) {
		check((url.host[0] == '\0') != (url.path[0] == '\0'));
		check((url.host[0] == '\0') == (url.port == 0));
		check(url.db <= 9999);
		check_again(&url);
	}
	free(text);
	return 0;
}
