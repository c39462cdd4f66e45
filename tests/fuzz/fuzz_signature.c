/* SPDX-License-Identifier: MIT */
/*
 * fuzz_signature.c - any lines as a signed request: its sig, its expires, and
 * its channels.
 *
 * A request is signed if its channels are valid, in any order to the same
 * result. Of the signed request nothing can be changed: not the right, not a
 * channel, not expires; and no other sig is valid.
 */
#include "config.h"

#include <string.h>

#include "shared/access/signature.h"
#include "shared/model/rules.h"
#include "tests/fuzz/fuzz.h"

static const struct secret secret = {
    .texts = {"0123456789abcdef", "fedcba9876543210"}, .count = 2};

struct signed_request {
	struct text channels[CHANNELS_MAX + 1];
	size_t count;
	uint64_t expires;
	uint64_t now;
};

static bool
is_valid(struct text sig, enum access_right right,
	 const struct signed_request *r)
{
	const char *fault = signature_fault(sig, &secret, right, r->channels,
					    r->count, r->expires, r->now);

	check(fault == NULL || fault[strlen(fault) - 1] == '.');
	return fault == NULL;
}

static bool
has(const struct signed_request *r, struct text channel)
{
	for (size_t i = 0; i < r->count; i++)
		if (text_equals(r->channels[i], channel))
			return true;
	return false;
}

/* Each channel must be the only one of its name, to be missed. */
static void
check_without(struct text sig, const struct signed_request *r, size_t at)
{
	struct signed_request other = *r;

	other.channels[at] = other.channels[--other.count];
	check(is_valid(sig, ACCESS_SUBSCRIBE, &other) ==
	      has(&other, r->channels[at]));
}

static void
check_signed(const char *sig, const struct signed_request *r)
{
	struct signed_request other = *r;
	char again[SIGNATURE_SIZE];

	check(strlen(sig) == SIGNATURE_LEN);
	check(is_valid(text_of(sig), ACCESS_SUBSCRIBE, r));
	check(!is_valid(text_of(sig), ACCESS_PUBLISH, r));
	for (size_t i = 0; i < r->count; i++) {
		other.channels[i] = r->channels[r->count - 1 - i];
		check_without(text_of(sig), r, i);
	}
	check(signature_make(again, &secret, ACCESS_SUBSCRIBE, other.channels,
			     other.count, other.expires));
	check(strcmp(again, sig) == 0);
	other.expires++;
	check(!is_valid(text_of(sig), ACCESS_SUBSCRIBE, &other));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text rest = {(const char *)bytes, len}, line, sig = {0};
	struct signed_request r = {.count = 0};
	char good[SIGNATURE_SIZE] = "";
	bool is_signed, valid = true;

	if (!text_cut(&rest, '\n', &sig) || !text_cut(&rest, '\n', &line) ||
	    !signature_read_expires(&r.expires, line))
		return 0;
	while (r.count <= CHANNELS_MAX && text_cut(&rest, '\n', &line))
		r.channels[r.count++] = line;
	if (r.count <= CHANNELS_MAX)
		r.channels[r.count++] = rest; /* may contain anything */
	for (size_t i = 0; i < r.count; i++)
		valid = valid && channel_fault(r.channels[i]) == NULL;
	is_signed = signature_make(good, &secret, ACCESS_SUBSCRIBE, r.channels,
				   r.count, r.expires);
	check(is_signed == (valid && r.count <= CHANNELS_MAX));
	r.now = r.expires - 1;
	check(is_valid(sig, ACCESS_SUBSCRIBE, &r) ==
	      (is_signed && r.expires > 0 && text_is(sig, good)));
	if (is_signed && r.expires > 0 && r.expires < UINT64_MAX)
		check_signed(good, &r);
	return 0;
}
