/* SPDX-License-Identifier: MIT */
/* shared/wire/ws_handshake.c */
#include "config.h"

#include "shared/wire/ws_handshake.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

#define SAMPLE_KEY "dGhlIHNhbXBsZSBub25jZQ=="

enum { HEADERS = 7, TEXT_SIZE = 600 };

enum header {
	UPGRADE,
	CONNECTION,
	WS_VERSION,
	KEY,
	PROTOCOL,
	EXTENSIONS,
	GATEWAY
};

static const char *const names[HEADERS] = {
    "HTTP_UPGRADE",
    "HTTP_CONNECTION",
    "HTTP_SEC_WEBSOCKET_VERSION",
    "HTTP_SEC_WEBSOCKET_KEY",
    "HTTP_SEC_WEBSOCKET_PROTOCOL",
    "HTTP_SEC_WEBSOCKET_EXTENSIONS",
    "GATEWAY_INTERFACE",
};

static const char *values[HEADERS]; /* NULL: the header is missing */
static struct ws_handshake handshake;
static struct problem problem;

static void
set_good(void)
{
	memset(values, 0, sizeof(values));
	values[UPGRADE] = "websocket";
	values[CONNECTION] = "Upgrade";
	values[WS_VERSION] = "13";
	values[KEY] = SAMPLE_KEY;
}

static bool
reads(void)
{
	static char text[HEADERS][TEXT_SIZE];
	char *variables[HEADERS + 1];
	struct request r = {.variables = variables};
	size_t n = 0;

	for (size_t i = 0; i < HEADERS; i++) {
		if (values[i] == NULL)
			continue;
		ck_assert_uint_lt((size_t)snprintf(text[n], TEXT_SIZE, "%s=%s",
						   names[i], values[i]),
				  TEXT_SIZE);
		variables[n] = text[n];
		n++;
	}
	variables[n] = NULL;
	memset(&problem, 0, sizeof(problem));
	memset(&handshake, 0xff, sizeof(handshake));
	return ws_handshake_read(&handshake, &r, &problem);
}

/* A good request, except for one header. */
static bool
reads_with(enum header header, const char *value)
{
	set_good();
	values[header] = value;
	return reads();
}

static void
assert_426(enum header header, const char *value)
{
	ck_assert_msg(!reads_with(header, value), "%s=%s", names[header],
		      value);
	ck_assert_uint_eq(problem.status, 426);
	ck_assert_str_eq(problem.upgrade, "Upgrade: websocket\r\n"
					  "Connection: Upgrade\r\n"
					  "Sec-WebSocket-Version: 13\r\n");
}

static void
assert_400(const char *key)
{
	ck_assert_msg(!reads_with(KEY, key), "%s", key);
	ck_assert_uint_eq(problem.status, 400);
	ck_assert_ptr_nonnull(strstr(problem.detail, "Sec-WebSocket-Key"));
	ck_assert_ptr_null(problem.upgrade);
}

/* --- the upgrade ---------------------------------------------------------- */

TEST(the_sample_of_rfc_6455)
{
	set_good();
	ck_assert(reads());
	ck_assert_str_eq(handshake.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	ck_assert(!handshake.raw);
	ck_assert(!handshake.deflate);
}

TEST(upgrade_is_a_case_insensitive_list)
{
	static const char *const good[] = {"websocket",
					   "WebSocket",
					   "WEBSOCKET",
					   " websocket\t",
					   "h2c, websocket",
					   "websocket,h2c",
					   ",,\t, websocket ,,h2c,",
					   "a,b ,\twebsocket"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert_msg(reads_with(UPGRADE, good[i]), "%s", good[i]);
}

TEST(another_upgrade_is_426)
{
	static const char *const bad[] = {NULL,		"",
					  "h2c",	"websocket2",
					  "web socket", "websocket/13",
					  "xwebsocket", "websocket;a",
					  ",",		" ",
					  "websocke",	"\"websocket\""};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_426(UPGRADE, bad[i]);
}

TEST(connection_is_a_case_insensitive_list)
{
	static const char *const good[] = {"Upgrade",
					   "upgrade",
					   "keep-alive, Upgrade",
					   "UPGRADE,keep-alive",
					   "close ,\tupgrade ",
					   ", upgrade"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert_msg(reads_with(CONNECTION, good[i]), "%s", good[i]);
}

TEST(another_connection_is_426)
{
	static const char *const bad[] = {NULL,		 "",
					  "keep-alive",	 "close",
					  "upgrade2",	 "keep-alive upgrade",
					  "upgrade=yes", "\"upgrade\""};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_426(CONNECTION, bad[i]);
}

TEST(connection_is_not_checked_behind_cgi)
{
	set_good();
	values[GATEWAY] = "CGI/1.1";
	values[CONNECTION] = NULL;
	ck_assert(reads());
	values[CONNECTION] = "close";
	ck_assert(reads());
	values[UPGRADE] = NULL;
	ck_assert(!reads());
}

TEST(another_version_is_426)
{
	static const char *const bad[] = {NULL, "",    "8",   "12",   "14",
					  "0",	"13 ", "013", "13,8", "13.0"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_426(WS_VERSION, bad[i]);
		ck_assert_ptr_nonnull(strstr(problem.detail, "13"));
	}
}

/* --- the key -------------------------------------------------------------- */

TEST(a_key_is_16_bytes_in_base64)
{
	static const char *const good[] = {
	    SAMPLE_KEY, "AAAAAAAAAAAAAAAAAAAAAA==", "++//++//++//++//++//+w==",
	    "0123456789abcdefABCDEA=="};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert_msg(reads_with(KEY, good[i]), "%s", good[i]);
}

TEST(another_key_is_400)
{
	static const char *const bad[] = {
	    NULL,
	    "",
	    "==",
	    "dGhlIHNhbXBsZSBub25jZQ",	 /* not padded */
	    "dGhlIHNhbXBsZSBub25jZQ=",	 /* half */
	    "dGhlIHNhbXBsZSBub25jZQ===", /* more */
	    "dGhlIHNhbXBsZSBub25jZTE=",	 /* 17 bytes */
	    "dGhlIHNhbXBsZSBub25jZTEy",	 /* 18 */
	    "dGhlIHNhbXBsZSBub25j",	 /* 15 */
	    "dGhlIHNhbXBsZSBub25jZ===",	 /* a character less */
	    "dGhlIHNhbXBs ZSBub25jZ==",	 /* a space */
	    "dGhlIHNhbXBs-SBub25jZQ==",	 /* base64url */
	    "dGhlIHNhbXBs=SBub25jZQ==",	 /* padding inside */
	    "dGhlIHNhbXBs\xc3\xa9"
	    "Bub25jZQ==", /* not ASCII */
	    SAMPLE_KEY SAMPLE_KEY,
	    SAMPLE_KEY ", " SAMPLE_KEY, /* two */
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_400(bad[i]);
}

TEST(accept_depends_on_the_key)
{
	char first[WS_ACCEPT_SIZE];

	ck_assert(reads_with(KEY, "AAAAAAAAAAAAAAAAAAAAAA=="));
	memcpy(first, handshake.accept, sizeof(first));
	ck_assert(reads_with(KEY, "x3JJHMbDL1EzLkh9GBhXDw=="));
	ck_assert_str_eq(handshake.accept, "HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
	ck_assert_str_ne(first, handshake.accept);
	ck_assert_uint_eq(strlen(first), WS_ACCEPT_SIZE - 1);
}

/* --- the subprotocol ------------------------------------------------------ */

TEST(push_raw_is_found_in_a_list)
{
	static const char *const good[] = {"push.raw", "chat, push.raw",
					   "push.raw,chat", " ,push.raw\t,"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		ck_assert(reads_with(PROTOCOL, good[i]));
		ck_assert_msg(handshake.raw, "%s", good[i]);
	}
}

TEST(other_subprotocols_are_ignored)
{
	static const char *const others[] = {
	    "chat", "Push.Raw", "push.raw2", "push raw", "xpush.raw", ","};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		ck_assert(reads_with(PROTOCOL, others[i]));
		ck_assert_msg(!handshake.raw, "%s", others[i]);
	}
}

/* --- the extension -------------------------------------------------------- */

#define PMD "permessage-deflate"

TEST(accepted_offers_of_deflate)
{
	static const char *const good[] = {
	    PMD,
	    "Permessage-DEFLATE",
	    PMD "; client_max_window_bits",
	    PMD ";client_max_window_bits=15",
	    PMD "; client_max_window_bits=8",
	    PMD "; client_max_window_bits=9",
	    PMD "; client_max_window_bits=\"10\"",
	    PMD "; server_no_context_takeover",
	    PMD "; client_no_context_takeover",
	    PMD " ;\tserver_no_context_takeover ; client_no_context_takeover "
		"; client_max_window_bits",
	    "x-webkit-deflate-frame, " PMD,
	    "foo;bar=1," PMD ",baz",
	    /* the first is declined, the second accepted */
	    PMD "; server_max_window_bits=10, " PMD,
	    PMD "; unknown, " PMD "; client_max_window_bits",
	    ",, " PMD " ,",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		ck_assert(reads_with(EXTENSIONS, good[i]));
		ck_assert_msg(handshake.deflate, "%s", good[i]);
	}
}

TEST(declined_offers_of_deflate)
{
	static const char *const declined[] = {
	    "",
	    "permessage-bzip2",
	    "permessage-deflat",
	    PMD "2",
	    "x" PMD,
	    PMD "=1",
	    PMD "; server_max_window_bits=10",
	    PMD "; server_max_window_bits",
	    PMD "; client_max_window_bits=7",
	    PMD "; client_max_window_bits=16",
	    PMD "; client_max_window_bits=08",
	    PMD "; client_max_window_bits=1",
	    PMD "; client_max_window_bits=",
	    PMD "; client_max_window_bits=\"\"",
	    PMD "; client_max_window_bits=\"",
	    PMD "; client_max_window_bits=\"10",
	    PMD "; client_max_window_bits=1a",
	    PMD "; client_max_window_bits=100",
	    PMD "; server_no_context_takeover=1",
	    PMD "; client_no_context_takeover=",
	    PMD "; unknown",
	    PMD "; =8",
	    PMD ";; client_max_window_bits",
	    /* duplicates */
	    PMD "; client_max_window_bits; client_max_window_bits=10",
	    PMD "; server_no_context_takeover; server_no_context_takeover",
	    "foo; " PMD,
	};

	for (size_t i = 0; i < sizeof(declined) / sizeof(*declined); i++) {
		ck_assert(reads_with(EXTENSIONS, declined[i]));
		ck_assert_msg(!handshake.deflate, "%s", declined[i]);
	}
}

TEST(a_long_offer_of_deflate)
{
	char offer[500] = PMD;

	memset(offer + strlen(offer), ' ', 300);
	strcat(offer, "; client_max_window_bits=10");
	ck_assert(reads_with(EXTENSIONS, offer));
	ck_assert(handshake.deflate);
}

TEST(the_response_to_deflate)
{
	ck_assert_str_eq(WS_DEFLATE_AGREED, PMD "; server_no_context_takeover; "
						"client_no_context_takeover");
}
