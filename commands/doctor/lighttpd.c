/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/lighttpd.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/doctor/command.h"
#include "commands/doctor/programs.h"
#include "commands/doctor/trusted.h"
#include "commands/doctor/versions.h"
#include "shared/base/vec.h"

enum {
	OUTPUT_MAX = 1024 * 1024,
	FILES_MAX = 200, /* that are looked at: each runs lighttpd */
	/* s that lighttpd waits for what is held, at a reload */
	SOON = 1,
	LONGEST = 8
};

static bool
has(const char *text, const char *words)
{
	return strstr(text, words) != NULL;
}

/* The number behind `name = `; 0: it is not set. */
static unsigned long
number_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	at = at != NULL ? strchr(at, '=') : NULL;
	return at != NULL ? strtoul(at + 1, NULL, 10) : 0;
}

/* Seconds after which a reload cuts what is held; Debian's file sets 5. Where
 * it is set twice, the last counts. 0: it waits. */
static unsigned long
shutdown_timeout(const char *text)
{
	static const char name[] = "\"server.graceful-shutdown-timeout\"";
	unsigned long timeout = 0;

	while ((text = strstr(text, name)) != NULL) {
		text += sizeof(name) - 1;
		timeout = strtoul(text + strspn(text, " =>\""), NULL, 10);
	}
	return timeout;
}

static void
lighttpd_reload(struct doctor *d, const char *file, const char *text)
{
	unsigned long timeout = shutdown_timeout(text);
	bool starts = has(text, "\"bin-path\"");
	bool goes_on = has(text, "\"server.graceful-restart-bg\"");

	if (timeout == SOON || (goes_on && !starts))
		return;
	if (timeout == 0 || timeout > LONGEST)
		timeout = LONGEST;
	if (goes_on)
		doctor_warn(d,
			    "lighttpd starts programs (bin-path), so "
			    "server.graceful-restart-bg has no effect: a "
			    "reload while anybody is held takes pages away "
			    "for %lu s. Use PHP by 15-fastcgi-php-fpm.conf, "
			    "or cut what is held at a reload:",
			    timeout);
	else
		doctor_warn(d,
			    "A reload of lighttpd while anybody is held takes "
			    "pages away for %lu s.",
			    timeout);
	doctor_paste(d, file,
		     goes_on || starts
			 ? "server.feature-flags := ( "
			   "\"server.graceful-shutdown-timeout\" => 1 )"
			 : "server.feature-flags += ( "
			   "\"server.graceful-restart-bg\" => \"enable\" )");
}

static void
lighttpd_room(struct doctor *d, const char *file, const char *text)
{
	unsigned long fds = number_of(text, "server.max-fds");
	unsigned int budget = d->conf->hold_budget_lighttpd;

	if (fds == 0) {
		doctor_warn(d, "server.max-fds is not set: lighttpd serves "
			       "some 2,000 subscribers or fewer, and then no "
			       "pages.");
		doctor_paste(d, file, "server.max-fds := 65536");
		doctor_paste(d, file, "server.max-connections := 32768");
	} else if (budget != CONF_AUTO &&
		   (budget == 0 || budget > fds * 2 / 5)) {
		doctor_warn(d,
			    "hold.budget_lighttpd is %u, and server.max-fds "
			    "%lu: subscribers take two descriptors each, and "
			    "lighttpd serves no pages when 90 %% are in use.",
			    budget, fds);
		doctor_paste(d, doctor_settings_file(d),
			     "budget_lighttpd = %lu", fds * 35 / 100);
	}
}

void
lighttpd_judge(struct doctor *d, const char *file, const char *text)
{
	size_t before = d->levels[FINDING_WARNING];

	if (!has(text, "/push/") || !has(text, "fastcgi.server"))
		return; /* without pushcgi, or as plain CGI */
	lighttpd_reload(d, file, text);
	lighttpd_room(d, file, text);
	if (d->levels[FINDING_WARNING] == before)
		doctor_ok(d, "lighttpd (%s) reloads without a gap.", file);
}

static void
look_at_lighttpd(struct doctor *d, const char *program, const char *file)
{
	const char *words[] = {program, "-p", "-f", file, NULL};
	char *said;

	if (access(file, R_OK) != 0) {
		doctor_note(
		    d, "%s is not looked at: this user may not read it.", file);
		return;
	}
	said = command_output(words, OUTPUT_MAX);
	if (said != NULL && has(said, "config {")) {
		lighttpd_judge(d, file, said);
	} else {
		doctor_error(d,
			     "lighttpd does not accept its files (%s), and "
			     "will not start again. It says why:",
			     file);
		doctor_remedy(d, "%s -tt -f %s", program, file);
	}
	free(said);
}

/* Its configuration may hold commands, and anybody can start a process of this
 * name. */
static void
look_if_trusted(struct doctor *d, const char *program, char *file)
{
	const char *fault = trusted_fault(file);

	if (fault == NULL) {
		look_at_lighttpd(d, program, file);
		return;
	}
	trusted_show(file);
	doctor_note(d,
		    "%s, which a process named lighttpd uses, is not looked "
		    "at, because %s.",
		    file, fault);
}

/* The file behind -f of a process that runs; false: there is none. */
static bool
file_of(pid_t pid, char out[PROGRAM_PATH_SIZE])
{
	for (size_t i = 1; program_argument(pid, i, out); i++)
		if (strcmp(out, "-f") == 0)
			return program_argument(pid, i + 1, out) &&
			       out[0] == '/';
	return false;
}

/* Each file once. */
struct files {
	char (*at)[PROGRAM_PATH_SIZE]; /* owned */
	size_t count, room;
};

static void
add_file(struct files *files, const char *file)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->at[i], file) == 0)
			return;
	if (files->count == FILES_MAX)
		return;
	files->at =
	    vec_grow(files->at, files->count, &files->room, sizeof(*files->at));
	strcpy(files->at[files->count++], file);
}

/* Those of processes, after that of the system. */
static void
find_files(struct files *files)
{
	static const char *const names[] = {"lighttpd", NULL};
	static const char of_system[] = "/etc/lighttpd/lighttpd.conf";
	struct programs running = {0};
	char file[PROGRAM_PATH_SIZE];

	if (access(of_system, F_OK) == 0)
		add_file(files, of_system);
	programs_find(&running, names);
	programs_leave_out_elsewhere(&running);
	for (size_t i = 0; i < running.count; i++)
		if (strcmp(running.at[i].parent, "lighttpd") != 0 &&
		    file_of(running.at[i].pid, file))
			add_file(files, file);
	programs_free(&running);
}

static void
lighttpd(struct doctor *d)
{
	static const char program[] = "/usr/sbin/lighttpd";
	struct files files = {0};

	if (access(program, X_OK) != 0)
		return;
	version_ask(d, "lighttpd", program, "lighttpd/");
	find_files(&files);
	for (size_t i = 0; i < files.count; i++)
		look_if_trusted(d, program, files.at[i]);
	free(files.at);
}

const struct doctor_check doctor_lighttpd[] = {
    {"lighttpd", lighttpd},
    {NULL, NULL},
};
