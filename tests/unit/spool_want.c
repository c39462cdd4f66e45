/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/spool_want.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/model/random_key.h"
#include "shared/spool/folder.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/suite.h"

static char base[64], path[80];

static void
remove_all(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);
	char inner[512];

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		snprintf(inner, sizeof(inner), "%s/%s", folder, name);
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		    unlink(inner) != 0)
			remove_all(inner);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	rmdir(folder);
}

static void
remove_base(void)
{
	remove_all(base);
}

const char *
spool_path(void)
{
	if (base[0] != '\0')
		return path;
	strcpy(base, "/tmp/pushcgi-spool-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	atexit(remove_base);
	snprintf(path, sizeof(path), "%s/spool", base);
	return path;
}

static int
is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strstr(entry->d_name, "lock") == NULL;
}

const char *
spool_names(const char *below)
{
	static char text[4096];
	char folder[256];
	struct dirent **entries;
	size_t len = 0;
	int count;

	snprintf(folder, sizeof(folder), "%s/%s", spool_path(), below);
	count = scandir(folder, &entries, is_shown, alphasort);
	text[0] = '\0';
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (strchr(name, '-') != NULL)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"%s%d%s", len > 0 ? " " : "", i,
						strchr(name, '-'));
		else
			len +=
			    (size_t)snprintf(text + len, sizeof(text) - len,
					     "%s%s", len > 0 ? " " : "", name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return text;
}

size_t
spool_count(void)
{
	struct spool_folder f;
	struct spool_entries entries = {NULL, 0, 0};

	ck_assert(spool_folder_open(&f, spool_path()));
	ck_assert(spool_folder_list(&f, &entries));
	spool_folder_close(&f);
	free(entries.at);
	return entries.count;
}

void
spool_add(struct spool_folder *f, const char *channel, const char *data)
{
	char key[RANDOM_KEY_SIZE];
	struct publication publication;
	uint64_t number;

	random_key(key);
	publication = bus_trace_publication(channel, data, key);
	ck_assert_msg(spool_folder_add(f, &publication, 0, 1 << 20, &number),
		      "%s", f->error);
}

void
spool_tear(void)
{
	struct spool_folder f;
	struct spool_entries entries = {NULL, 0, 0};
	char name[SPOOL_NAME_SIZE], file[256];
	struct stat st;

	ck_assert(spool_folder_open(&f, spool_path()));
	ck_assert(spool_folder_list(&f, &entries));
	ck_assert_uint_eq(entries.count, 1);
	spool_name(name, &entries.at[0]);
	snprintf(file, sizeof(file), "%s/%s", spool_path(), name);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(truncate(file, st.st_size - 1), 0);
	free(entries.at);
	spool_folder_close(&f);
}
