/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/claims.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "shared/access/selector.h"
#include "shared/base/base64url.h"
#include "shared/base/buf.h"
#include "shared/base/xalloc.h"
#include "shared/model/json.h"
#include "shared/model/rules.h"

static const char NO_TOKEN[] =
    "This is no JSON Web Token: three parts of base64url with dots between "
    "them.";

/* --- parts ---------------------------------------------------------------- */

struct parts {
	struct text header, payload, signature;
};

/* Exactly three. */
static bool
cut(struct parts *out, struct text token)
{
	struct text fourth;

	if (!text_cut(&token, '.', &out->header) ||
	    !text_cut(&token, '.', &out->payload))
		return false;
	out->signature = token;
	return !text_cut(&token, '.', &fourth);
}

/* A part that is a JSON object; all its members are read. NULL: it is not. */
static json_t *
decode(struct text part)
{
	struct problem p;
	struct buf text;
	json_t *root = NULL;

	buf_init(&text, CLAIMS_TOKEN_MAX);
	if (part.len > 0 && base64url_decode(&text, part))
		root = json_read_object((struct text){text.bytes, text.len},
					NULL, "A token", &p);
	buf_free(&text);
	return root;
}

/* --- header --------------------------------------------------------------- */

static const struct algorithm {
	const char *name;
	enum jwk_type type;
	size_t signature; /* bytes; 0: depends on the key */
} algorithms[] = {
    {"HS256", JWK_HS256, 32},
    {"RS256", JWK_RS256, 0},
    {"ES256", JWK_ES256, 64}, /* r and s; not the DER of other protocols */
};

static const char *
read_algorithm(struct claims *out, const json_t *header, size_t signature)
{
	const char *name = json_string_value(json_object_get(header, "alg"));

	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]);
	     i++) {
		const struct algorithm *a = &algorithms[i];

		if (name == NULL || strcmp(name, a->name) != 0)
			continue;
		out->type = a->type;
		if (signature == 0 ||
		    (a->signature != 0 && a->signature != signature))
			return "The signature of the token is too short or too "
			       "long for its algorithm.";
		return NULL;
	}
	return "The algorithm of the token (alg) must be HS256, RS256 or "
	       "ES256.";
}

static const char *
read_header(struct claims *out, const json_t *header, size_t signature)
{
	const json_t *kid = json_object_get(header, "kid");
	const json_t *typ = json_object_get(header, "typ");

	if (header == NULL)
		return "The header of the token is not base64url of a JSON "
		       "object with each name once.";
	if (json_object_get(header, "crit") != NULL)
		return "The token takes extensions (crit), of which none are "
		       "known here.";
	if (typ != NULL &&
	    (!json_is_string(typ) ||
	     !text_is_nocase(text_of(json_string_value(typ)), "JWT")))
		return "The type of the token (typ) must be JWT.";
	if (kid != NULL &&
	    (!json_is_string(kid) || json_string_length(kid) > JWKS_KID_MAX))
		return "The key id of the token (kid) must be text of up to "
		       "255 bytes.";
	out->kid = xstrdup(kid != NULL ? json_string_value(kid) : "");
	return read_algorithm(out, header, signature);
}

/* --- times, audience, issuer ---------------------------------------------- */

/* A NumericDate: seconds, maybe with a fraction. False: it is none. */
static bool
read_time(const json_t *value, uint64_t *out)
{
	double seconds = json_number_value(value);

	*out = 0;
	if (!json_is_number(value))
		return false;
	if (seconds >= 1e15)
		*out = UINT64_C(1000000000000000);
	else if (seconds > 0)
		*out = (uint64_t)seconds;
	return true;
}

static const char *
read_times(struct claims *out, const json_t *payload, uint64_t now)
{
	const json_t *exp = json_object_get(payload, "exp");
	const json_t *nbf = json_object_get(payload, "nbf");
	uint64_t time;

	if (exp != NULL && !read_time(exp, &time))
		return "The time when the token expires (exp) must be a "
		       "number.";
	if (exp != NULL) {
		out->expires = time + CLAIMS_LEEWAY;
		if (out->expires <= now)
			return "The token has expired (exp); get a new one.";
	}
	if (nbf != NULL && !read_time(nbf, &time))
		return "The time from which the token is valid (nbf) must be a "
		       "number.";
	if (nbf != NULL && time > now + CLAIMS_LEEWAY)
		return "The token is not yet valid (nbf); compare the clocks "
		       "of this server and the issuer.";
	return NULL;
}

/* `value` is a text that is `wanted`, or an array with it. */
static bool
is_or_has(const json_t *value, const char *wanted)
{
	if (json_is_string(value))
		return strcmp(json_string_value(value), wanted) == 0;
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);

		if (json_is_string(item) &&
		    strcmp(json_string_value(item), wanted) == 0)
			return true;
	}
	return false;
}

static const char *
check_parties(const json_t *payload, const struct claims_wanted *wanted)
{
	const json_t *iss = json_object_get(payload, "iss");

	if (wanted->audience[0] != '\0' &&
	    !is_or_has(json_object_get(payload, "aud"), wanted->audience))
		return "The token is for another audience (aud).";
	if (wanted->issuer[0] != '\0' &&
	    (!json_is_string(iss) ||
	     strcmp(json_string_value(iss), wanted->issuer) != 0))
		return "The token is of another issuer (iss).";
	return NULL;
}

/* --- subject -------------------------------------------------------------- */

/* A right does not depend on it, so a subject that is no name is ignored. */
static void
read_subject(struct claims *out, const json_t *payload)
{
	const json_t *sub = json_object_get(payload, "sub");
	struct text name = {json_string_value(sub), json_string_length(sub)};

	if (json_is_string(sub) && user_fault(name) == NULL)
		out->subject = xstrdup(name.bytes);
}

/* --- rights --------------------------------------------------------------- */

/* Counts the selectors and their bytes. */
static const char *
measure(const json_t *list, size_t *count, size_t *bytes)
{
	size_t n = json_array_size(list);

	if (list != NULL && !json_is_array(list))
		return "The channels of the token (mercure.subscribe, "
		       "mercure.publish) must be arrays of text.";
	if (n > CLAIMS_SELECTORS_MAX)
		return "The token lists more than 256 channels for a right.";
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(list, i);

		if (!json_is_string(item))
			return "The channels of the token (mercure.subscribe, "
			       "mercure.publish) must be arrays of text.";
		if (json_string_length(item) > SELECTOR_MAX)
			return "The token lists a channel of more than 1024 "
			       "bytes.";
		*bytes += json_string_length(item) + 1;
	}
	*count += n;
	return NULL;
}

/* Copies the selectors to `*texts` and their bytes to `*bytes`; moves both. */
static void
copy(struct selectors *out, const json_t *list, struct text **texts,
     char **bytes)
{
	out->at = *texts;
	out->count = json_array_size(list);
	for (size_t i = 0; i < out->count; i++) {
		const json_t *item = json_array_get(list, i);

		*(*texts)++ =
		    text_copy(bytes, (struct text){json_string_value(item),
						   json_string_length(item)});
	}
}

static const char *
read_rights(struct claims *out, const json_t *payload)
{
	const json_t *mercure =
	    json_object_get(payload, "https://mercure.rocks/");
	const json_t *subscribe, *publish;
	const char *fault;
	size_t count = 0, bytes = 0;
	struct text *texts;
	char *at;

	if (mercure == NULL)
		mercure = json_object_get(payload, "mercure");
	if (mercure != NULL && !json_is_object(mercure))
		return "The claim mercure of the token must be an object.";
	subscribe = json_object_get(mercure, "subscribe");
	publish = json_object_get(mercure, "publish");
	fault = measure(subscribe, &count, &bytes);
	if (fault == NULL)
		fault = measure(publish, &count, &bytes);
	if (fault != NULL || count == 0)
		return fault;
	out->memory = xmalloc(count * sizeof(struct text) + bytes);
	texts = out->memory;
	at = (char *)(texts + count);
	copy(&out->subscribe, subscribe, &texts, &at);
	copy(&out->publish, publish, &texts, &at);
	return NULL;
}

/* --- all ------------------------------------------------------------------ */

/* How many bytes the signature has; 0: it is no base64url. */
static size_t
signature_len(struct text part)
{
	struct buf bytes;
	size_t len;

	buf_init(&bytes, CLAIMS_TOKEN_MAX);
	len = base64url_decode(&bytes, part) ? bytes.len : 0;
	buf_free(&bytes);
	return len;
}

static const char *
read_payload(struct claims *out, const json_t *payload,
	     const struct claims_wanted *wanted)
{
	const char *fault;

	if (payload == NULL)
		return "The payload of the token is not base64url of a JSON "
		       "object with each name once.";
	fault = read_times(out, payload, wanted->now);
	if (fault == NULL)
		fault = check_parties(payload, wanted);
	read_subject(out, payload);
	return fault != NULL ? fault : read_rights(out, payload);
}

const char *
claims_read(struct claims *out, struct text token,
	    const struct claims_wanted *wanted)
{
	struct parts parts;
	const char *fault;
	json_t *part;

	*out = (struct claims){0};
	if (token.len > CLAIMS_TOKEN_MAX)
		return "The token is longer than 8192 bytes.";
	if (!cut(&parts, token))
		return NO_TOKEN;
	part = decode(parts.header);
	fault = read_header(out, part, signature_len(parts.signature));
	json_decref(part);
	if (fault != NULL)
		return fault;
	part = decode(parts.payload);
	fault = read_payload(out, part, wanted);
	json_decref(part);
	return fault;
}

void
claims_free(struct claims *claims)
{
	free(claims->kid);
	free(claims->subject);
	free(claims->memory);
	*claims = (struct claims){0};
}

bool
selectors_match(const struct selectors *list, struct text channel)
{
	for (size_t i = 0; i < list->count; i++)
		if (selector_matches(list->at[i], channel))
			return true;
	return false;
}
