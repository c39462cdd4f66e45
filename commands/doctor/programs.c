/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/programs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/vec.h"

enum { FILE_SIZE = 8192 };

/* Reads a file of /proc/PID; "" if that fails. Returns its length. */
static size_t
read_file(pid_t pid, const char *name, char out[FILE_SIZE])
{
	char path[64];
	FILE *file;
	size_t len = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	file = fopen(path, "re");
	if (file != NULL) {
		len = fread(out, 1, FILE_SIZE - 1, file);
		fclose(file);
	}
	out[len] = '\0';
	return len;
}

static void
read_name(pid_t pid, char out[PROGRAM_NAME_SIZE])
{
	char text[FILE_SIZE];

	read_file(pid, "comm", text);
	snprintf(out, PROGRAM_NAME_SIZE, "%.*s", (int)strcspn(text, "\n"),
		 text);
}

/* The number behind `name` on a line of its own; `fallback` if there is none.
 */
static long
number_after(const char *text, const char *name, long fallback)
{
	const char *at = strstr(text, name);

	return at != NULL ? strtol(at + strlen(name), NULL, 10) : fallback;
}

static const char filters[] = "\nSeccomp_filters:\t";

/* The filters of this process; 0 also if the kernel does not count them. */
static long
own_filters(void)
{
	char text[FILE_SIZE];

	read_file(getpid(), "status", text);
	return number_after(text, filters, 0);
}

/* False also if it is not known, because it is of another user. */
static bool
is_elsewhere(pid_t pid)
{
	struct stat own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	return stat("/", &own) == 0 && stat(path, &other) == 0 &&
	       (own.st_dev != other.st_dev || own.st_ino != other.st_ino);
}

/* `own`: the filters of this process. False: it has ended meanwhile. */
static bool
read_program(struct program *p, long own)
{
	char text[FILE_SIZE], path[64], exe[PROGRAM_PATH_SIZE];
	ssize_t len;
	long uid;

	read_file(p->pid, "status", text);
	uid = number_after(text, "\nUid:\t", -1);
	if (uid < 0)
		return false;
	p->uid = (uid_t)uid;
	p->seccomp = (int)number_after(text, "\nSeccomp:\t", -1);
	p->inherits = own > 0 && number_after(text, filters, own + 1) <= own;
	read_name((pid_t)number_after(text, "\nPPid:\t", 0), p->parent);
	read_file(p->pid, "limits", text);
	p->descriptors =
	    (unsigned long)number_after(text, "\nMax open files", 0);
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)p->pid);
	len = readlink(path, exe, sizeof(exe) - 1);
	exe[len > 0 ? len : 0] = '\0';
	p->replaced = strstr(exe, " (deleted)") != NULL;
	p->elsewhere = is_elsewhere(p->pid);
	return true;
}

static bool
is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

void
programs_find(struct programs *out, const char *const *names)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	long own = own_filters();

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		struct program p = {.pid = (pid_t)atoi(entry->d_name)};

		if (p.pid <= 0)
			continue;
		read_name(p.pid, p.name);
		if (!is_one_of(p.name, names) || !read_program(&p, own))
			continue;
		out->at =
		    vec_grow(out->at, out->count, &out->room, sizeof(*out->at));
		out->at[out->count++] = p;
	}
	if (dir != NULL)
		closedir(dir);
}

void
programs_leave_out_elsewhere(struct programs *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->count; i++)
		if (!p->at[i].elsewhere)
			p->at[count++] = p->at[i];
	p->count = count;
}

void
programs_free(struct programs *p)
{
	free(p->at);
	*p = (struct programs){0};
}

bool
program_argument(pid_t pid, size_t index, char out[PROGRAM_PATH_SIZE])
{
	char text[FILE_SIZE];
	const char *at = text, *end = text + read_file(pid, "cmdline", text);

	for (; at < end; at += strlen(at) + 1)
		if (index-- == 0)
			return snprintf(out, PROGRAM_PATH_SIZE, "%s", at) <
			       PROGRAM_PATH_SIZE;
	return false;
}
