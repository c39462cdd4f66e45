/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/versions.h"

#include <stdio.h>
#include <string.h>

/* The oldest and the newest, as far as they are compared. */
static const struct tested {
	const char *name, *oldest, *newest;
} all[] = {
    {"Redis", "6.2", "8.0"},	      {"Valkey", "7.2", "8.1"},
    {"lighttpd", "1.4.69", "1.4.79"}, {"Apache", "2.4", "2.4"},
    {"libhiredis", "0.14", "1.2"},
};

enum { PARTS = 3 };

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
