/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/hs256.h"

#include <string.h>

#include "shared/access/hmac.h"
#include "shared/base/base64url.h"
#include "shared/base/buf.h"
#include "tests/unit/suite.h"

enum { TOKENS = 4, TOKEN_SIZE = 1024 };

const char *
hs256(const char *payload)
{
	static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
	static char tokens[TOKENS][TOKEN_SIZE];
	static size_t next;
	unsigned char mac[HMAC_SHA256_LEN];
	char *token = tokens[next++ % TOKENS];
	struct buf out;

	buf_init(&out, TOKEN_SIZE);
	base64url_encode(&out, header, strlen(header));
	buf_putc(&out, '.');
	base64url_encode(&out, payload, strlen(payload));
	ck_assert(hmac_sha256(mac, text_of(HS256_SECRET),
			      (struct text){out.bytes, out.len}));
	buf_putc(&out, '.');
	base64url_encode(&out, mac, sizeof(mac));
	buf_putc(&out, '\0');
	ck_assert(buf_ok(&out));
	memcpy(token, out.bytes, out.len);
	buf_free(&out);
	return token;
}
