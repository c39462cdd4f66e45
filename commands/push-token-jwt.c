/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/push-token-jwt.h"

#include <string.h>

#include "shared/access/claims.h"
#include "shared/access/hmac.h"
#include "shared/access/jwks.h"
#include "shared/base/base64url.h"
#include "shared/base/buf.h"
#include "shared/base/escape.h"

static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
static const char pem[] = "-----BEGIN";

const char *
push_token_jwt_key_fault(struct text key)
{
	if (key.len >= sizeof(pem) - 1 &&
	    memcmp(key.bytes, pem, sizeof(pem) - 1) == 0)
		return "The key is in PEM; tokens are signed with a secret "
		       "here (HS256).";
	if (key.len < JWKS_SECRET_MIN)
		return "The key must have 32 characters or more.";
	return key.len > JWKS_SECRET_MAX ? "The key is too long." : NULL;
}

static void
put_list(struct buf *out, const char *name, const char *const *items,
	 size_t count)
{
	buf_printf(out, "\"%s\":[", name);
	for (size_t i = 0; i < count; i++) {
		buf_puts(out, i == 0 ? "" : ",");
		escape_json(out, text_of(items[i]));
	}
	buf_puts(out, "]");
}

static void
put_claim(struct buf *out, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	buf_printf(out, ",\"%s\":", name);
	escape_json(out, text_of(value));
}

static void
put_claims(struct buf *out, const struct push_token_options *o,
	   const struct push_token_jwt_names *names, uint64_t now)
{
	buf_puts(out, "{\"mercure\":{");
	put_list(out, "subscribe", o->subscribe_to, o->subscribe_to_count);
	buf_puts(out, ",");
	put_list(out, "publish", o->publish_to, o->publish_to_count);
	buf_puts(out, "},\"exp\":");
	buf_put_u64(out, now + o->ttl);
	put_claim(out, "aud", names->audience);
	put_claim(out, "iss", names->issuer);
	buf_puts(out, "}");
}

bool
push_token_jwt(struct buf *out, const struct push_token_options *o,
	       struct text key, const struct push_token_jwt_names *names,
	       uint64_t now)
{
	unsigned char mac[HMAC_SHA256_LEN];
	struct buf claims;
	size_t start = out->len;

	buf_init(&claims, CLAIMS_TOKEN_MAX);
	put_claims(&claims, o, names, now);
	base64url_encode(out, header, sizeof(header) - 1);
	buf_puts(out, ".");
	base64url_encode(out, claims.bytes, claims.len);
	out->bad = out->bad || !buf_ok(&claims);
	buf_free(&claims);
	if (!buf_ok(out))
		return true;
	if (!hmac_sha256(mac, key,
			 (struct text){out->bytes + start, out->len - start}))
		return false;
	buf_puts(out, ".");
	base64url_encode(out, mac, sizeof(mac));
	return true;
}
