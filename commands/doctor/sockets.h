/* SPDX-License-Identifier: MIT */
/*
 * sockets.h - checks of the sockets that systemd holds for the programs: who
 * may connect, and whether somebody listens.
 *
 * Source: doc/security.md, Sockets
 */
#ifndef COMMANDS_DOCTOR_SOCKETS_H
#define COMMANDS_DOCTOR_SOCKETS_H

#include <stdbool.h>
#include <sys/types.h>

#include "commands/doctor/finding.h"

extern const struct doctor_check doctor_sockets[];

struct socket_fact {
	const char *path;
	mode_t mode; /* rights only */
	uid_t uid;
	gid_t gid;
	bool listening;
};

/* `web` and `web_group` are those of the web server. */
void socket_judge(struct doctor *d, const struct socket_fact *f, uid_t web,
		  gid_t web_group);

/* The folder around sockets. */
void socket_folder_judge(struct doctor *d, const char *path, mode_t mode,
			 uid_t uid);

/* Judges all sockets of the folder; nothing if there is none. */
void sockets_of(struct doctor *d, const char *folder, uid_t web,
		gid_t web_group);

#endif
