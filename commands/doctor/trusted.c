/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/trusted.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Without those that a shell reads in a line to paste. */
static bool
is_plain(const char *path)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789/._+-@:,";

	return path[0] == '/' && path[strspn(path, allowed)] == '\0' &&
	       strlen(path) < PATH_MAX;
}

static bool
ends_in_conf(const char *path)
{
	static const char end[] = ".conf";
	size_t len = strlen(path), end_len = sizeof(end) - 1;

	return len > end_len && strcmp(path + len - end_len, end) == 0;
}

/* In a sticky folder only the owner of a file can replace it. */
static const char *
fault_of(const char *path, bool is_file)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return "it cannot be looked at";
	if (S_ISLNK(st.st_mode))
		return "a symbolic link leads to it";
	if (is_file ? !S_ISREG(st.st_mode) : !S_ISDIR(st.st_mode))
		return "it is no regular file";
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return "it or a folder of it belongs to another user";
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
	    (is_file || (st.st_mode & S_ISVTX) == 0))
		return "others can write it or a folder of it";
	return NULL;
}

/* From the root on: nobody else can change what has been looked at. */
const char *
trusted_fault(const char *path)
{
	char part[PATH_MAX];
	const char *fault;

	if (!is_plain(path))
		return "its name has characters that a shell reads";
	if (!ends_in_conf(path))
		return "its name does not end in .conf";
	fault = fault_of("/", false);
	for (const char *at = path + 1; fault == NULL; at++) {
		if (*at != '/' && *at != '\0')
			continue;
		memcpy(part, path, (size_t)(at - path));
		part[at - path] = '\0';
		fault = fault_of(part, *at == '\0');
		if (*at == '\0')
			break;
	}
	return fault;
}

void
trusted_show(char *path)
{
	for (; *path != '\0'; path++)
		if (*path < ' ' || *path > '~')
			*path = '?';
}
