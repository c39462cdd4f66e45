/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ws_handshake.c - any headers of an upgrade request.
 *
 * The input is lines: the first letter selects the header, the rest is its
 * value (u Upgrade, c Connection, v version, k key, p subprotocols, e
 * extensions), in memory of exactly its size. An accepted request has a
 * Sec-WebSocket-Accept of 28 characters and nothing negotiated that was not
 * offered; a refused one has status 400 or 426, and a sentence.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "shared/wire/ws_handshake.h"
#include "tests/fuzz/fuzz.h"

enum { HEADERS = 6 };

static const struct {
	char letter;
	const char *name, *usual;
} headers[HEADERS] = {
    {'u', "HTTP_UPGRADE=", "websocket"},
    {'c', "HTTP_CONNECTION=", "Upgrade"},
    {'v', "HTTP_SEC_WEBSOCKET_VERSION=", "13"},
    {'k', "HTTP_SEC_WEBSOCKET_KEY=", "dGhlIHNhbXBsZSBub25jZQ=="},
    {'p', "HTTP_SEC_WEBSOCKET_PROTOCOL=", ""},
    {'e', "HTTP_SEC_WEBSOCKET_EXTENSIONS=", ""},
};

/* NAME=VALUE in memory of exactly its size; a value ends at a NUL. */
static char *
variable(const char *name, const char *value, size_t len)
{
	size_t name_len = strlen(name);
	char *text;

	len = strnlen(value, len);
	text = malloc(name_len + len + 1);
	check(text != NULL);
	memcpy(text, name, name_len);
	memcpy(text + name_len, value, len);
	text[name_len + len] = '\0';
	return text;
}

static void
take_line(char *variables[HEADERS], const char *line, size_t len)
{
	for (size_t i = 0; len > 0 && i < HEADERS; i++) {
		if (line[0] != headers[i].letter)
			continue;
		free(variables[i]);
		variables[i] = variable(headers[i].name, line + 1, len - 1);
	}
}

static bool
mentions(const struct request *r, const char *header, const char *word)
{
	return strcasestr(request_get(r, header), word) != NULL;
}

static void
check_read(const struct request *r)
{
	struct ws_handshake handshake;
	struct problem p;

	if (!ws_handshake_read(&handshake, r, &p)) {
		check(p.status == 400 || p.status == 426);
		check((p.upgrade != NULL) == (p.status == 426));
		check(strlen(p.detail) > 20);
		return;
	}
	check(strlen(handshake.accept) == WS_ACCEPT_SIZE - 1);
	check(handshake.accept[WS_ACCEPT_SIZE - 2] == '=');
	check(mentions(r, "HTTP_UPGRADE", "websocket"));
	check(mentions(r, "HTTP_CONNECTION", "upgrade"));
	check(strlen(request_get(r, "HTTP_SEC_WEBSOCKET_KEY")) == 24);
	check(!handshake.raw ||
	      mentions(r, "HTTP_SEC_WEBSOCKET_PROTOCOL", WS_PROTOCOL_RAW));
	check(!handshake.deflate || mentions(r, "HTTP_SEC_WEBSOCKET_EXTENSIONS",
					     "permessage-deflate"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *variables[HEADERS + 1] = {NULL};
	const char *at = (const char *)bytes, *end = at + len;
	struct request r = {.variables = variables};

	for (size_t i = 0; i < HEADERS; i++)
		variables[i] = variable(headers[i].name, headers[i].usual,
					strlen(headers[i].usual));
	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		const char *next = line_end != NULL ? line_end + 1 : end;

		if (line_end == NULL)
			line_end = end;
		take_line(variables, at, (size_t)(line_end - at));
		at = next;
	}
	check_read(&r);
	for (size_t i = 0; i < HEADERS; i++)
		free(variables[i]);
	return 0;
}
