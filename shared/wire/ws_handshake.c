/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/wire/ws_handshake.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

#include "shared/model/batch.h"

static const char UPGRADE_LINES[] = "Upgrade: websocket\r\n"
				    "Connection: Upgrade\r\n"
				    "Sec-WebSocket-Version: 13\r\n";

enum { KEY_LEN = 24 }; /* base64 of 16 bytes */

/* --- lists ---------------------------------------------------------------- */

/* The next element of a list between `separator`s, without the spaces around
 * it; moves `*at` behind it. False: there is none. */
static bool
next_element(const char **at, char separator, struct text *out)
{
	const char *end;

	if (**at == '\0')
		return false;
	end = strchr(*at, separator);
	if (end == NULL)
		end = *at + strlen(*at);
	out->bytes = *at + strspn(*at, " \t");
	if (out->bytes > end)
		out->bytes = end;
	out->len = (size_t)(end - out->bytes);
	while (out->len > 0 && strchr(" \t", out->bytes[out->len - 1]) != NULL)
		out->len--;
	*at = *end == '\0' ? end : end + 1;
	return true;
}

static bool
is_word(const struct text *text, const char *word)
{
	return text->len == strlen(word) &&
	       strncasecmp(text->bytes, word, text->len) == 0;
}

static bool
has_word(const char *list, const char *word)
{
	struct text element;

	while (next_element(&list, ',', &element))
		if (is_word(&element, word))
			return true;
	return false;
}

/* A subprotocol's name is compared as it is written (RFC 6455, 11.3.4). */
static bool
has_protocol(const char *list, const char *name)
{
	struct text element;

	while (next_element(&list, ',', &element))
		if (element.len == strlen(name) &&
		    memcmp(element.bytes, name, element.len) == 0)
			return true;
	return false;
}

/* --- permessage-deflate --------------------------------------------------- */

/* 8 to 15, as RFC 7692 writes them, perhaps between quotes. */
static bool
is_window_bits(struct text value)
{
	if (value.len >= 2 && value.bytes[0] == '"' &&
	    value.bytes[value.len - 1] == '"') {
		value.bytes++;
		value.len -= 2;
	}
	if (value.len == 1)
		return value.bytes[0] == '8' || value.bytes[0] == '9';
	return value.len == 2 && value.bytes[0] == '1' &&
	       value.bytes[1] >= '0' && value.bytes[1] <= '5';
}

/* A parameter of an offer. False: we do not agree to it. A smaller window of
 * ours (server_max_window_bits) we do not make: one message is compressed for
 * all. Each may stand once, which `seen` remembers. */
static bool
takes_parameter(struct text name, unsigned int *seen)
{
	static const char *const names[] = {"server_no_context_takeover",
					    "client_no_context_takeover",
					    "client_max_window_bits"};
	enum { WITH_VALUE = 2 };
	const char *equals = memchr(name.bytes, '=', name.len);
	struct text value = {NULL, 0};
	unsigned int i;

	if (equals != NULL) {
		value.bytes = equals + 1;
		value.len = name.len - (size_t)(value.bytes - name.bytes);
		name.len = (size_t)(equals - name.bytes);
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!is_word(&name, names[i]))
			continue;
		if (*seen & 1u << i)
			return false;
		*seen |= 1u << i;
		return equals == NULL ||
		       (i == WITH_VALUE && is_window_bits(value));
	}
	return false;
}

static bool
agrees_to(struct text offer)
{
	char copy[256];
	const char *at = copy;
	struct text part;
	unsigned int seen = 0;

	if (offer.len >= sizeof(copy))
		return false;
	memcpy(copy, offer.bytes, offer.len);
	copy[offer.len] = '\0';
	if (!next_element(&at, ';', &part) ||
	    !is_word(&part, "permessage-deflate"))
		return false;
	while (next_element(&at, ';', &part))
		if (!takes_parameter(part, &seen))
			return false;
	return true;
}

static bool
offers_deflate(const char *extensions)
{
	struct text offer;

	while (next_element(&extensions, ',', &offer))
		if (agrees_to(offer))
			return true;
	return false;
}

/* --- the handshake -------------------------------------------------------- */

static bool
is_key(const char *key)
{
	unsigned char bytes[KEY_LEN];

	/* 16 bytes are 22 characters and two = */
	return strlen(key) == KEY_LEN && strcmp(key + KEY_LEN - 2, "==") == 0 &&
	       strspn(key,
		      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		      "0123456789+/") == KEY_LEN - 2 &&
	       EVP_DecodeBlock(bytes, (const unsigned char *)key, KEY_LEN) >= 0;
}

static bool
accept_key(char out[WS_ACCEPT_SIZE], const char *key)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char text[KEY_LEN + sizeof(guid)], digest[SHA_DIGEST_LENGTH];

	memcpy(text, key, KEY_LEN);
	memcpy(text + KEY_LEN, guid, sizeof(guid));
	if (EVP_Digest(text, KEY_LEN + sizeof(guid) - 1, digest, NULL,
		       EVP_sha1(), NULL) != 1)
		return false;
	EVP_EncodeBlock((unsigned char *)out, digest, sizeof(digest));
	return true;
}

/* Web servers that speak CGI have seen to Connection themselves. */
static bool
is_upgrade(const struct request *r)
{
	const char *connection = request_get(r, "HTTP_CONNECTION");
	bool cgi = request_get(r, "GATEWAY_INTERFACE")[0] != '\0';

	return has_word(request_get(r, "HTTP_UPGRADE"), "websocket") &&
	       (cgi || has_word(connection, "upgrade"));
}

static bool
refuse_upgrade(struct problem *p, const char *detail)
{
	(void)problem_set(p, 426, "%s", detail);
	p->upgrade = UPGRADE_LINES;
	return false;
}

bool
ws_handshake_read(struct ws_handshake *out, const struct request *r,
		  struct problem *p)
{
	const char *key = request_get(r, "HTTP_SEC_WEBSOCKET_KEY");

	if (!is_upgrade(r))
		return refuse_upgrade(p, "This speaks WebSocket: connect with "
					 "ws:// or wss://. Or a web server on "
					 "the way does not pass on Upgrade.");
	if (strcmp(request_get(r, "HTTP_SEC_WEBSOCKET_VERSION"), "13") != 0)
		return refuse_upgrade(p, "The version of WebSocket spoken here "
					 "is 13.");
	if (!is_key(key))
		return problem_set(p, 400,
				   "Sec-WebSocket-Key is missing, or not 16 "
				   "bytes in base64.");
	if (!accept_key(out->accept, key))
		return problem_set(p, 500, "libcrypto has no SHA-1 here.");
	out->raw = has_protocol(request_get(r, "HTTP_SEC_WEBSOCKET_PROTOCOL"),
				WS_PROTOCOL_RAW);
	out->deflate =
	    offers_deflate(request_get(r, "HTTP_SEC_WEBSOCKET_EXTENSIONS"));
	return true;
}
