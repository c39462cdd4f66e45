/* SPDX-License-Identifier: MIT */
/*
 * apache.h - checks of Apache as Debian lays it out, from inside: its version,
 * which files of pushcgi are enabled and what they need, and what a restart
 * does to visitors (doc/operating.md).
 */
#ifndef COMMANDS_DOCTOR_APACHE_H
#define COMMANDS_DOCTOR_APACHE_H

#include <stdbool.h>

#include "commands/doctor/finding.h"
#include "shared/base/attributes.h"

extern const struct doctor_check doctor_apache[];

/* What is enabled. */
struct apache_facts {
	bool proxy, fcgid, cgi; /* pushcgi-proxy.conf and so on */
	bool handoff, info;	/* pushcgi-handoff.conf, mod_info */
	bool drop_in;		/* apache2-pushcgi.conf */
	const char *module;	/* that is missing, or NULL */
	const char *module_of;	/* the file that needs it */
};

void apache_judge(struct doctor *d, const struct apache_facts *f);

/* The file `name`.conf is in conf-enabled/. */
bool apache_is_enabled(const char *name) MUST_USE;

#endif
