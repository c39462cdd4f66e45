/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/wire/ws_handshake.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

#include "shared/base/number.h"
#include "shared/base/text.h"

static const char UPGRADE_LINES[] = "Upgrade: websocket\r\n"
				    "Connection: Upgrade\r\n"
				    "Sec-WebSocket-Version: 13\r\n";

enum { KEY_LEN = 24 }; /* base64 of 16 bytes */

/* --- lists ---------------------------------------------------------------- */

/* Takes the next element of a list, trimmed. False: there is none. */
static bool
next_element(struct text *list, char separator, struct text *element)
{
	if (list->len == 0)
		return false;
	if (!text_cut(list, separator, element)) {
		*element = *list;
		list->len = 0;
	}
	*element = text_trim(*element);
	return true;
}

static bool
has_word(const char *list, const char *word)
{
	struct text rest = text_of(list), element;

	while (next_element(&rest, ',', &element))
		if (text_is_nocase(element, word))
			return true;
	return false;
}

/* Names of subprotocols are case-sensitive (RFC 6455, 11.3.4). */
static bool
has_protocol(const char *list, const char *name)
{
	struct text rest = text_of(list), element;

	while (next_element(&rest, ',', &element))
		if (text_is(element, name))
			return true;
	return false;
}

/* --- permessage-deflate --------------------------------------------------- */

/* 8 to 15 without a leading zero, perhaps quoted (RFC 7692, 7.1.2). */
static bool
is_window_bits(struct text value)
{
	const char *at;
	uint64_t bits;

	if (value.len >= 2 && value.bytes[0] == '"' &&
	    value.bytes[value.len - 1] == '"') {
		value.bytes++;
		value.len -= 2;
	}
	at = value.bytes;
	return number_take(&bits, &at, at + value.len, 15) && bits >= 8 &&
	       at == value.bytes + value.len;
}

/* One parameter of an offer. False: the offer must be declined. A smaller
 * server window (server_max_window_bits) is not possible, because a message is
 * compressed once for all subscribers. `seen` detects duplicates. */
static bool
accepts_parameter(struct text parameter, unsigned int *seen)
{
	static const char *const names[] = {"server_no_context_takeover",
					    "client_no_context_takeover",
					    "client_max_window_bits"};
	enum { WITH_VALUE = 2 };
	struct text name = parameter, value = parameter;
	bool has_value = text_cut(&value, '=', &name);
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!text_is_nocase(name, names[i]))
			continue;
		if (*seen & 1u << i)
			return false;
		*seen |= 1u << i;
		return !has_value || (i == WITH_VALUE && is_window_bits(value));
	}
	return false;
}

static bool
accepts_offer(struct text offer)
{
	struct text part;
	unsigned int seen = 0;

	if (!next_element(&offer, ';', &part) ||
	    !text_is_nocase(part, "permessage-deflate"))
		return false;
	while (next_element(&offer, ';', &part))
		if (!accepts_parameter(part, &seen))
			return false;
	return true;
}

static bool
offers_deflate(const char *extensions)
{
	struct text rest = text_of(extensions), offer;

	while (next_element(&rest, ',', &offer))
		if (accepts_offer(offer))
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

/* Behind CGI and FastCGI the web server handles Connection. */
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
		return refuse_upgrade(p, "This URL serves WebSockets only: use "
					 "ws:// or wss://. If the client did, "
					 "a proxy drops the Upgrade header.");
	if (strcmp(request_get(r, "HTTP_SEC_WEBSOCKET_VERSION"), "13") != 0)
		return refuse_upgrade(p, "Only version 13 of WebSocket is "
					 "supported.");
	if (!is_key(key))
		return problem_set(p, 400,
				   "Sec-WebSocket-Key is missing or not 16 "
				   "bytes in base64.");
	if (!accept_key(out->accept, key))
		return problem_set(p, 500, "libcrypto does not provide SHA-1.");
	out->raw = has_protocol(request_get(r, "HTTP_SEC_WEBSOCKET_PROTOCOL"),
				WS_PROTOCOL_RAW);
	out->deflate =
	    offers_deflate(request_get(r, "HTTP_SEC_WEBSOCKET_EXTENSIONS"));
	return true;
}
