/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/signature.h"

#include <stdlib.h>
#include <string.h>

#include "shared/access/hmac.h"
#include "shared/base/base64url.h"
#include "shared/base/buf.h"
#include "shared/base/number.h"
#include "shared/model/rules.h"

enum {
	STRING_MAX = sizeof("subscribe") +
		     CHANNELS_MAX * (CHANNEL_NAME_MAX + 1) + BUF_DECIMAL_MAX
};

static const char *const rights[] = {
    [ACCESS_SUBSCRIBE] = "subscribe",
    [ACCESS_PUBLISH] = "publish",
};

/* --- the signed string ---------------------------------------------------- */

static int
compare_bytes(const void *a, const void *b)
{
	const struct text *x = a, *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->bytes, y->bytes, len);

	if (order != 0)
		return order;
	return (x->len > y->len) - (x->len < y->len);
}

/* A valid channel is not empty and has no LF. */
static bool
are_valid(const struct text *channels, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (channel_fault(channels[i]) != NULL)
			return false;
	return count > 0 && count <= CHANNELS_MAX;
}

/* The channels are valid. */
static void
put_string(struct buf *out, enum access_right right,
	   const struct text *channels, size_t count, uint64_t expires)
{
	struct text sorted[CHANNELS_MAX];

	memcpy(sorted, channels, count * sizeof(sorted[0]));
	qsort(sorted, count, sizeof(sorted[0]), compare_bytes);
	buf_puts(out, rights[right]);
	buf_putc(out, '\n');
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && text_equals(sorted[i], sorted[i - 1]))
			continue;
		buf_put(out, sorted[i].bytes, sorted[i].len);
		buf_putc(out, '\n');
	}
	buf_put_u64(out, expires);
}

/* --- the signature -------------------------------------------------------- */

static bool
sign(char out[SIGNATURE_SIZE], struct text secret, const struct buf *string)
{
	unsigned char hmac[HMAC_SHA256_LEN];
	struct buf text;
	bool ok = hmac_sha256(hmac, secret,
			      (struct text){string->bytes, string->len});

	if (!ok)
		return false;
	buf_init(&text, SIGNATURE_LEN);
	base64url_encode(&text, hmac, sizeof(hmac));
	memcpy(out, text.bytes, SIGNATURE_LEN);
	out[SIGNATURE_LEN] = '\0';
	buf_free(&text);
	return true;
}

bool
signature_make(char out[SIGNATURE_SIZE], const struct secret *secret,
	       enum access_right right, const struct text *channels,
	       size_t count, uint64_t expires)
{
	struct buf string;
	bool ok;

	if (secret->count == 0 || !are_valid(channels, count))
		return false;
	buf_init(&string, STRING_MAX);
	put_string(&string, right, channels, count, expires);
	ok = sign(out, secret_at(secret, 0), &string);
	buf_free(&string);
	return ok;
}

bool
signature_read_expires(uint64_t *out, struct text value)
{
	const char *at = value.bytes;

	return value.len > 0 &&
	       number_take(out, &at, value.bytes + value.len, UINT64_MAX) &&
	       at == value.bytes + value.len;
}

static const char *
sig_fault(struct text sig, const struct secret *secret,
	  const struct buf *string)
{
	const char *fault =
	    "The signature is not valid: it is made with another secret, or "
	    "for another right, other channels or another expires.";
	char good[SIGNATURE_SIZE];

	for (size_t i = 0; i < secret->count; i++) {
		if (!sign(good, secret_at(secret, i), string))
			return "The server is not able to verify signatures.";
		if (text_equals_secret(sig, text_of(good)))
			fault = NULL;
	}
	return fault;
}

const char *
signature_fault(struct text sig, const struct secret *secret,
		enum access_right right, const struct text *channels,
		size_t count, uint64_t expires, uint64_t now)
{
	struct buf string;
	const char *fault;

	if (secret->count == 0)
		return "The server has no secret to verify signatures with.";
	if (!are_valid(channels, count))
		return "The signature is not valid: it must be for 1 to 32 "
		       "valid channels.";
	if (expires <= now)
		return "The signature has expired.";
	if (expires - now > SIGNATURE_TTL_MAX)
		return "expires is more than 10 years ahead. It must be in "
		       "seconds since 1970.";
	buf_init(&string, STRING_MAX);
	put_string(&string, right, channels, count, expires);
	fault = sig_fault(sig, secret, &string);
	buf_free(&string);
	return fault;
}
