/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/front_room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ANSWER = 5000, /* ms */
	FEW = 3,       /* free threads */
	LOOKS = 4,     /* Apache starts more, some a second */
	PAUSE = 1000   /* ms */
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

struct room {
	char mpm[32];
	unsigned long busy, idle;
};

/* False: mod_status does not answer. */
static bool
read_room(struct front *f, const char *url, struct room *out)
{
	const struct exchange_request r = {0};
	struct exchange *e = front_ask_url(f, f->exchanges, url, &r);
	const struct buf *body = exchange_body(e);
	char busy[32], idle[32];

	front_wait_end(f, e, ANSWER);
	exchange_leave(e);
	if (exchange_status(e) != 200 ||
	    !value_of(body, "ServerMPM", out->mpm, sizeof(out->mpm)) ||
	    !value_of(body, "BusyWorkers", busy, sizeof(busy)) ||
	    !value_of(body, "IdleWorkers", idle, sizeof(idle)))
		return false;
	out->busy = strtoul(busy, NULL, 10);
	out->idle = strtoul(idle, NULL, 10);
	return true;
}

void
front_room(struct front *f)
{
	char url[SITE_URL_MAX + 64];
	const char *path = strchr(strchr(f->url, ':') + 3, '/');
	struct room room;

	if (f->server != FRONT_APACHE)
		return;
	snprintf(url, sizeof(url), "%.*s/server-status?auto",
		 path != NULL ? (int)(path - f->url) : (int)strlen(f->url),
		 f->url);
	for (int i = 0; i < LOOKS; i++) {
		if (!read_room(f, url, &room)) {
			no_status(f);
			return;
		}
		if (room.idle >= FEW)
			break;
		front_pause(f, PAUSE);
	}
	judge(f, room.mpm, room.busy, room.idle);
}
