/* SPDX-License-Identifier: MIT */
/*
 * servers.h - checks of the web servers from inside: versions, and what a
 * reload or a restart does to visitors (doc/operating.md).
 */
#ifndef COMMANDS_DOCTOR_SERVERS_H
#define COMMANDS_DOCTOR_SERVERS_H

#include <stdbool.h>

#include "commands/doctor/finding.h"

extern const struct doctor_check doctor_servers[];

/* `text`: what `lighttpd -p` prints of `file`. */
void lighttpd_judge(struct doctor *d, const char *file, const char *text);

/* The files of Debian's Apache that are enabled. */
struct apache_facts {
	bool proxy, fcgid, cgi; /* pushcgi-proxy.conf and so on */
	bool drop_in;		/* apache2-pushcgi.conf */
};

void apache_judge(struct doctor *d, const struct apache_facts *f);

#endif
