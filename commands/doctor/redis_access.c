/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/redis_access.h"

#include <stdio.h>
#include <string.h>

#include "commands/doctor/redis_place.h"
#include "shared/conf/conf.h"

/* Redis listens on an address that is not loopback. "-::1": it may fail. */
static bool
listens_outside(const char *bind)
{
	char list[REDIS_FACT_SIZE], *rest = list, *address;

	snprintf(list, sizeof(list), "%s", bind);
	while ((address = strsep(&rest, " ")) != NULL) {
		if (*address == '-')
			address++;
		if (*address != '\0' && !redis_is_loopback(address))
			return true;
	}
	return bind[0] == '\0'; /* all */
}

void
redis_judge_exposure(struct doctor *d, const struct redis_facts *f)
{
	bool without_password = d->conf->redis.password[0] == '\0';
	bool outside = !redis_is_local(d->conf) && d->conf->sentinel.count == 0;

	if (!without_password || f->requirepass[0] != '\0')
		return;
	if (!outside && (!f->config_known || !listens_outside(f->bind) ||
			 strcmp(f->protected_mode, "no") != 0))
		return;
	doctor_error(d, "Redis asks for no password, and other machines can "
			"connect to it: whoever does so reads, forges and "
			"deletes all messages. If only this machine needs it:");
	redis_paste(d, f, "bind 127.0.0.1 -::1");
	redis_paste(d, f, "protected-mode yes");
}

/* "XADD XTRIM": "+xadd +xtrim". */
static void
lower_rights(const char *commands, char out[REDIS_FORBIDDEN_SIZE * 2])
{
	size_t len = 0;

	for (const char *at = commands; *at != '\0'; at++) {
		if (at == commands || at[-1] == ' ')
			out[len++] = '+';
		out[len++] = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
	}
	out[len] = '\0';
}

void
redis_judge_rights(struct doctor *d, const struct redis_facts *f)
{
	const char *prefix = d->conf->bus_prefix;
	char list[REDIS_FORBIDDEN_SIZE * 2];

	if (f->forbidden[0] == '\0')
		return;
	lower_rights(f->forbidden, list);
	doctor_error(d,
		     "An ACL of Redis forbids what pushcgi needs: the user %s "
		     "may not use %s%s. As an administrator of Redis (and in "
		     "its ACL file):",
		     redis_user(d->conf), f->forbidden,
		     f->keys_forbidden	     ? " with the keys of bus.prefix"
		     : f->channels_forbidden ? " with its channels"
					     : "");
	if (f->keys_forbidden)
		doctor_remedy(d, "redis-cli ACL SETUSER %s '~%s:*'",
			      redis_user(d->conf), prefix);
	if (f->channels_forbidden)
		doctor_remedy(d, "redis-cli ACL SETUSER %s '&%s:*'",
			      redis_user(d->conf), prefix);
	if (!f->keys_forbidden && !f->channels_forbidden)
		doctor_remedy(d, "redis-cli ACL SETUSER %s %s",
			      redis_user(d->conf), list);
}
