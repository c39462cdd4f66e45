/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/doctor/command.h"

/* The oldest and the newest, as far as they are compared. */
static const struct tested {
	const char *name, *oldest, *newest;
} all[] = {
    {"Redis", "6.2", "8.0"},	      {"Valkey", "7.2", "8.1"},
    {"lighttpd", "1.4.69", "1.4.79"}, {"Apache", "2.4", "2.4"},
    {"libhiredis", "0.14", "1.2"},
};

enum { PARTS = 3, VERSION_SIZE = 64, VERSION_OUTPUT_MAX = 65536 };

/* How many parts there are. */
static int
parse(const char *text, unsigned int parts[PARTS])
{
	int count = sscanf(text, "%u.%u.%u", &parts[0], &parts[1], &parts[2]);

	return count > 0 ? count : 0;
}

/* Compares as many parts as `limit` has. */
static int
compare(const char *version, const char *limit)
{
	unsigned int a[PARTS] = {0}, b[PARTS] = {0};
	int count = parse(limit, b);

	(void)parse(version, a);
	for (int i = 0; i < count; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

void
version_judge(struct doctor *d, const char *name, const char *version)
{
	unsigned int parts[PARTS];

	if (parse(version, parts) == 0)
		return;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const struct tested *t = &all[i];

		if (strcmp(t->name, name) != 0)
			continue;
		if (compare(version, t->oldest) < 0)
			doctor_warn(d,
				    "%s %s is older than what pushcgi is "
				    "tested with (%s to %s).",
				    name, version, t->oldest, t->newest);
		else if (compare(version, t->newest) > 0)
			doctor_note(d,
				    "%s %s is newer than what pushcgi is "
				    "tested with (%s to %s).",
				    name, version, t->oldest, t->newest);
		else
			doctor_ok(d, "%s %s is tested.", name, version);
	}
}

/* --- asking --------------------------------------------------------------- */

void
version_ask(struct doctor *d, const char *name, const char *program,
	    const char *prefix)
{
	const char *words[] = {program, "-v", NULL};
	char *said = command_output(words, VERSION_OUTPUT_MAX), *at;
	char version[VERSION_SIZE];

	if (said != NULL && (at = strstr(said, prefix)) != NULL) {
		at += strlen(prefix);
		snprintf(version, sizeof(version), "%.*s",
			 (int)strspn(at, "0123456789."), at);
		version_judge(d, name, version);
	}
	free(said);
}

/* Of the library that runs here: libhiredis.so.0.14 in the list of files that
 * this process has mapped. */
static void
hiredis_version(struct doctor *d)
{
	static const char name[] = "libhiredis.so.";
	FILE *file = fopen("/proc/self/maps", "re");
	char line[1024], version[VERSION_SIZE] = "", *at;

	while (file != NULL && version[0] == '\0' &&
	       fgets(line, sizeof(line), file))
		if ((at = strstr(line, name)) != NULL)
			snprintf(version, sizeof(version), "%.*s",
				 (int)strcspn(at + sizeof(name) - 1, "\n"),
				 at + sizeof(name) - 1);
	if (file != NULL)
		fclose(file);
	version_judge(d, "libhiredis", version);
}

const struct doctor_check doctor_libraries[] = {
    {"libhiredis", hiredis_version},
    {NULL, NULL},
};
