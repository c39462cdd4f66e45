/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/sockets.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char WEB[] = "www-data";

enum { PATH_SIZE = 512 };

/* --- judging -------------------------------------------------------------- */

void
socket_folder_judge(struct doctor *d, const char *path, mode_t mode, uid_t uid)
{
	if (uid == 0 && (mode & (S_IWGRP | S_IWOTH)) == 0)
		return;
	doctor_error(d,
		     "Other users than root can write to %s: they can put a "
		     "socket of theirs in the place of one of pushcgi, and "
		     "read what visitors send.",
		     path);
	doctor_remedy(d, "chown root:root %s && chmod 0755 %s", path, path);
}

/* What the unit of this socket is called. */
static void
unit_of(const char *path, char out[PATH_SIZE])
{
	const char *name = strrchr(path, '/') + 1, *folder = name - 1;

	while (folder > path && folder[-1] != '/')
		folder--;
	snprintf(out, PATH_SIZE, "%.*s@%.*s.socket", (int)(name - 1 - folder),
		 folder, (int)strcspn(name, "."), name);
}

static void
silent(struct doctor *d, const struct socket_fact *f)
{
	char unit[PATH_SIZE];

	if (f->listening)
		return;
	unit_of(f->path, unit);
	doctor_error(d,
		     "Nobody listens on %s: the web server answers 503 or 404 "
		     "to what is for it.",
		     f->path);
	doctor_remedy(d, "systemctl enable --now %s", unit);
}

static bool
is_group(gid_t gid, const char *name)
{
	const struct group *group = getgrgid(gid);

	return group != NULL && strcmp(group->gr_name, name) == 0;
}

void
socket_judge(struct doctor *d, const struct socket_fact *f, uid_t web,
	     gid_t web_group)
{
	bool by_owner = f->uid == web && (f->mode & S_IWUSR) != 0;
	bool by_group = f->gid == web_group && (f->mode & S_IWGRP) != 0;

	if (f->mode & S_IWOTH) {
		doctor_error(d,
			     "Every user of this machine can connect to %s and "
			     "pose as the web server: as any visitor, from any "
			     "address.",
			     f->path);
		doctor_remedy(d, "chmod o-rwx %s", f->path);
	} else if (!by_owner && !by_group) {
		doctor_error(d,
			     "The user of the web server, %s, may not connect "
			     "to %s.",
			     WEB, f->path);
		doctor_remedy(d, "chown %s %s && chmod 0600 %s", WEB, f->path,
			      f->path);
	}
	if (is_group(f->gid, "pushcgi") && (f->mode & S_IWGRP) != 0) {
		doctor_error(d,
			     "Who may only publish (the group pushcgi) can "
			     "connect to %s and pose as the web server.",
			     f->path);
		doctor_remedy(d, "chgrp %s %s", WEB, f->path);
	}
	silent(d, f);
}

/* --- reading -------------------------------------------------------------- */

/* Whether a process listens on `path`; true if that cannot be known. Each line
 * of /proc/net/unix: Num RefCount Protocol Flags Type St Inode Path; flag
 * 0x10000 is listening. */
static bool
is_listening(const char *path)
{
	FILE *file = fopen("/proc/net/unix", "re");
	char line[1024], name[PATH_SIZE];
	bool found = file == NULL;
	unsigned int flags;

	while (file != NULL && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%*s %*s %*s %x %*s %*s %*s %511s", &flags,
			       name) == 2 &&
			(flags & 0x10000) != 0 && strcmp(name, path) == 0;
	if (file != NULL)
		fclose(file);
	return found;
}

static void
look_at(struct doctor *d, const char *path, uid_t web, gid_t web_group)
{
	struct socket_fact fact = {.path = path};
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return;
	fact.mode = st.st_mode & 0777;
	fact.uid = st.st_uid;
	fact.gid = st.st_gid;
	fact.listening = is_listening(path);
	socket_judge(d, &fact, web, web_group);
}

void
sockets_of(struct doctor *d, const char *folder, uid_t web, gid_t web_group)
{
	size_t before = d->levels[FINDING_ERROR], count = 0;
	char path[PATH_SIZE];
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
		return;
	socket_folder_judge(d, folder, st.st_mode & 0777, st.st_uid);
	dir = opendir(folder);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (strstr(entry->d_name, ".sock") != NULL) {
			look_at(d, path, web, web_group);
			count++;
		}
	}
	if (dir != NULL)
		closedir(dir);
	if (count > 0 && d->levels[FINDING_ERROR] == before)
		doctor_ok(d, "The %zu sockets in %s are the web server's.",
			  count, folder);
}

static void
sockets(struct doctor *d)
{
	const struct passwd *web = getpwnam(WEB);
	uid_t uid;
	gid_t gid;
	glob_t found;

	if (web == NULL)
		return;
	uid = web->pw_uid;
	gid = web->pw_gid;
	sockets_of(d, "/run/pushcgi", uid, gid);
	/* of further instances */
	if (glob("/run/pushcgi-*", GLOB_ONLYDIR, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		sockets_of(d, found.gl_pathv[i], uid, gid);
	globfree(&found);
}

const struct doctor_check doctor_sockets[] = {
    {"sockets in /run/pushcgi", sockets},
    {NULL, NULL},
};
