/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/redis_place.h"

#include <string.h>

#include "shared/base/network.h"
#include "shared/base/text.h"
#include "shared/conf/conf.h"

bool
redis_is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 ||
	       network_is_loopback(text_of(host));
}

bool
redis_is_local(const struct conf *c)
{
	return c->sentinel.count == 0 &&
	       (c->redis.path[0] != '\0' || redis_is_loopback(c->redis.host));
}

/* Its configuration file. */
static const char *
file_of(const struct doctor *d, const struct redis_facts *f,
	char out[REDIS_FACT_SIZE])
{
	if (!redis_facts_info(f, "config_file", out) || out[0] == '\0' ||
	    !redis_is_local(d->conf))
		strcpy(out, "redis.conf");
	return out;
}

/* A setting of Redis, for its file. */
void
redis_paste(struct doctor *d, const struct redis_facts *f, const char *line)
{
	char file[REDIS_FACT_SIZE];

	doctor_paste(d, file_of(d, f, file), "%s", line);
}

const char *
redis_user(const struct conf *c)
{
	return c->redis.user[0] != '\0' ? c->redis.user : "default";
}
