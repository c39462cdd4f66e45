/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/front_room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ANSWER = 5000, /* ms */
	FEW = 5	       /* free threads */
};

/* The value of the line `name`: value of /server-status?auto. False: there is
 * none. */
static bool
value_of(const struct buf *body, const char *name, char *out, size_t size)
{
	struct text rest = {body->bytes, body->len}, line;
	size_t len = strlen(name);

	while (text_cut(&rest, '\n', &line))
		if (line.len > len + 1 && memcmp(line.bytes, name, len) == 0 &&
		    line.bytes[len] == ':') {
			snprintf(out, size, "%.*s", (int)(line.len - len - 2),
				 line.bytes + len + 2);
			return true;
		}
	return false;
}

static void
no_status(struct front *f)
{
	doctor_note(f->doctor,
		    "How many requests Apache serves at the same time is not "
		    "known: mod_status does not answer. Subscribers may take "
		    "%u of them (hold.budget).",
		    f->conf.hold_budget);
	doctor_remedy(f->doctor, "a2enmod status && systemctl restart apache2");
}

static void
judge(struct front *f, const char *mpm, unsigned long busy, unsigned long idle)
{
	unsigned int budget = f->conf.hold_budget;

	if (idle < FEW)
		doctor_error(
		    f->doctor,
		    "Apache (MPM %s) has %lu free of %lu %s: pages and "
		    "subscribers wait. Give it more, or let "
		    "subscribers take less (hold.budget = %u).",
		    mpm, idle, busy + idle,
		    strcmp(mpm, "prefork") == 0 ? "processes" : "threads",
		    budget);
	else
		doctor_note(f->doctor,
			    "Apache (MPM %s): %lu of %lu %s that run now are "
			    "free; subscribers may take %u of all "
			    "(hold.budget), which must be well below "
			    "MaxRequestWorkers.",
			    mpm, idle, busy + idle,
			    strcmp(mpm, "prefork") == 0 ? "processes"
							: "threads",
			    budget);
	if (idle < FEW)
		doctor_remedy(f->doctor, "a2enconf pushcgi-mpm && systemctl "
					 "restart apache2");
}

void
front_room(struct front *f)
{
	const struct exchange_request r = {0};
	char url[SITE_URL_MAX + 64], mpm[32], busy[32], idle[32];
	const char *path = strchr(strchr(f->url, ':') + 3, '/');
	struct exchange *e;

	if (f->server != FRONT_APACHE)
		return;
	snprintf(url, sizeof(url), "%.*s/server-status?auto",
		 path != NULL ? (int)(path - f->url) : (int)strlen(f->url),
		 f->url);
	e = front_ask_url(f, url, &r);
	front_wait_end(f, e, ANSWER);
	exchange_leave(e);
	if (exchange_status(e) != 200 ||
	    !value_of(exchange_body(e), "ServerMPM", mpm, sizeof(mpm)) ||
	    !value_of(exchange_body(e), "BusyWorkers", busy, sizeof(busy)) ||
	    !value_of(exchange_body(e), "IdleWorkers", idle, sizeof(idle))) {
		no_status(f);
		return;
	}
	judge(f, mpm, strtoul(busy, NULL, 10), strtoul(idle, NULL, 10));
}
