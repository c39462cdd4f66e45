/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/enclose.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/private_memory.h"
#include "shared/base/wall.h"
#include "shared/base/xalloc.h"
#include "shared/conf/conf_set.h"
#include "shared/conf/conf_table.h"

enum { PATHS_MAX = 64 };

struct paths {
	struct wall_path at[PATHS_MAX];
	char *owned[PATHS_MAX];
	size_t count;
};

static void
add(struct paths *p, const char *path, unsigned int rights)
{
	if (p->count == PATHS_MAX || path[0] != '/')
		return;
	p->owned[p->count] = xstrdup(path);
	p->at[p->count] = (struct wall_path){p->owned[p->count], rights};
	p->count++;
}

static void
add_folder_as_written(struct paths *p, const char *file, unsigned int rights)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(file, '/');

	if (slash == NULL || (size_t)(slash - file) >= sizeof(folder))
		return;
	snprintf(folder, sizeof(folder), "%.*s",
		 slash == file ? 1 : (int)(slash - file), file);
	add(p, folder, rights);
}

/* The folder of a file, and if it is a link, that of the file it leads to. */
static void
add_folder_of(struct paths *p, const char *file, unsigned int rights)
{
	char *target = realpath(file, NULL);

	add_folder_as_written(p, file, rights);
	if (target != NULL && strcmp(target, file) != 0)
		add_folder_as_written(p, target, rights);
	free(target);
}

/* What the libraries read, each time anew: names of hosts, certificates, other
 * libraries. */
static void
add_system(struct paths *p)
{
	static const char *const folders[] = {"/etc",
					      "/usr",
					      "/lib",
					      "/lib64",
					      "/proc",
					      "/sys/devices/system/cpu",
					      "/run/systemd/resolve",
					      "/dev/urandom",
					      "/dev/random",
					      "/dev/zero"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		add(p, folders[i], WALL_READ);
	add(p, "/dev/null", WALL_READ | WALL_WRITE);
	add_folder_of(p, "/etc/resolv.conf", WALL_READ);
}

/* All files that settings name, except those with rights of their own. */
static void
add_settings(struct paths *p, const struct conf *conf)
{
	for (size_t i = 0; i < CONF_SETTINGS; i++) {
		const void *field = (const char *)conf + conf_settings[i].field;
		const char *path;

		if (conf_settings[i].type != CONF_PATH)
			continue;
		path = *(char *const *)field;
		if (path[0] != '\0' && path != conf->limit_table &&
		    path != conf->publish_spool)
			add_folder_of(p, path, WALL_READ);
	}
	if (conf->file != NULL)
		add_folder_of(p, conf->file, WALL_READ);
}

/* A spool that the administrator must mend first may become another folder. */
static bool
may_use(const char *spool)
{
	(void)mkdir(spool, 0700); /* if it is missing, as the spool does */
	return access(spool, R_OK | W_OK | X_OK) == 0;
}

static void
add_own(struct paths *p, const struct start *start, const struct conf *conf,
	const char *spool)
{
	if (conf->limit_table[0] != '\0')
		add_folder_of(p, conf->limit_table, WALL_READ | WALL_WRITE);
	add(p, spool, WALL_READ | WALL_WRITE | WALL_MAKE);
	for (size_t i = 0; i < START_SOCKETS; i++) {
		const char *address = start->addresses[i];

		if (address != NULL && strncmp(address, "unix:", 5) == 0)
			add_folder_of(p, address + 5, WALL_REMOVE);
	}
}

static void
add_restart(struct paths *p, const char *program)
{
	void *loader = (void *)getauxval(AT_BASE);
	Dl_info info;

	add(p, "/", WALL_READ);
	add_folder_of(p, program, WALL_EXECUTE);
	if (loader != NULL && dladdr(loader, &info) != 0 &&
	    info.dli_fname != NULL)
		add_folder_of(p, info.dli_fname, WALL_EXECUTE);
}

const char *
enclose(const struct start *start, const struct conf *conf, bool publishes,
	const char *program)
{
	const char *spool = publishes ? conf->publish_spool : "";
	struct paths p = {.count = 0};
	struct wall wall = {.paths = p.at, .executes = start->restart};
	unsigned int parts;

	if (conf->process_private_memory == CONF_NO && !conf->stand_in)
		private_memory_end();
	if (conf->process_wall == PROCESS_WALL_NO || conf->stand_in ||
	    (spool[0] != '\0' && !may_use(spool)))
		return wall_words(0);
	add_system(&p);
	add_settings(&p, conf);
	add_own(&p, start, conf, spool);
	if (start->restart)
		add_restart(&p, program);
#ifdef COVERAGE_FOLDER
	add(&p, COVERAGE_FOLDER, WALL_READ | WALL_WRITE | WALL_MAKE);
#endif
	wall.count = p.count;
	parts = wall_raise(&wall);
	while (p.count > 0)
		free(p.owned[--p.count]);
	return wall_words(parts);
}
