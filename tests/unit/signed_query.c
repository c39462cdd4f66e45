/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/signed_query.h"

#include <stdio.h>

#include "shared/access/signature.h"
#include "shared/base/clock.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/stage.h"
#include "tests/unit/suite.h"

enum { TEXTS = 4, TEXT_SIZE = 512 };

static char *
next_text(void)
{
	static char texts[TEXTS][TEXT_SIZE];
	static size_t next;

	return texts[next++ % TEXTS];
}

static void
sign(char sig[SIGNATURE_SIZE], enum access_right right, const char *channel,
     uint64_t expires)
{
	struct text name = text_of(channel);

	ck_assert(signature_make(sig, &stage.dispatch.keys.sign, right, &name,
				 1, expires));
}

void
signed_query_conf(void)
{
	conf_set_text(&stage.conf.access_secret, "0123456789abcdef");
	stage.conf.access_subscribe = WHO_TOKEN;
}

const char *
signed_query(const char *channel, unsigned int seconds)
{
	unsigned long long expires = clock_unix() + seconds;
	char sig[SIGNATURE_SIZE], *text = next_text();

	sign(sig, ACCESS_SUBSCRIBE, channel, expires);
	snprintf(text, TEXT_SIZE, "channel=%s&expires=%llu&sig=%s", channel,
		 expires, sig);
	return text;
}

const char *
signed_members(enum access_right right, const char *channel,
	       unsigned int seconds)
{
	unsigned long long expires = clock_unix() + seconds;
	char sig[SIGNATURE_SIZE], *text = next_text();

	sign(sig, right, channel, expires);
	snprintf(text, TEXT_SIZE, ",\"expires\":%llu,\"sig\":\"%s\"", expires,
		 sig);
	return text;
}
