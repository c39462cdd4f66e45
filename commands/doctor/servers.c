/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/servers.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/doctor/command.h"
#include "commands/doctor/programs.h"
#include "commands/doctor/versions.h"

enum {
	OUTPUT_MAX = 1024 * 1024,
	VERSION_SIZE = 64,
	/* s that lighttpd waits for what is held, at a reload */
	SOON = 1,
	LONGEST = 8
};

/* --- versions ------------------------------------------------------------- */

/* The version behind `prefix`, such as "lighttpd/", in what the command says.
 */
static void
ask_version(struct doctor *d, const char *name, const char *program,
	    const char *prefix)
{
	const char *words[] = {program, "-v", NULL};
	char *said = command_output(words, OUTPUT_MAX), *at;
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

/* --- lighttpd ------------------------------------------------------------- */

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
		doctor_paste(
		    d, d->conf->file != NULL ? d->conf->file : "push.conf",
		    "budget_lighttpd = %lu", fds * 35 / 100);
	}
}

void
lighttpd_judge(struct doctor *d, const char *file, const char *text)
{
	size_t before = d->levels[FINDING_WARNING];

	if (!has(text, "/push/"))
		return;
	lighttpd_reload(d, file, text);
	if (has(text, "fastcgi.server"))
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

static void
lighttpd(struct doctor *d)
{
	static const char *const names[] = {"lighttpd", NULL};
	static const char program[] = "/usr/sbin/lighttpd";
	struct programs running = {0};
	char file[PROGRAM_PATH_SIZE];

	if (access(program, X_OK) != 0)
		return;
	ask_version(d, "lighttpd", program, "lighttpd/");
	programs_find(&running, names);
	for (size_t i = 0; i < running.count; i++)
		if (strcmp(running.at[i].parent, "lighttpd") != 0 &&
		    file_of(running.at[i].pid, file))
			look_at_lighttpd(d, program, file);
	if (running.count == 0 &&
	    access("/etc/lighttpd/lighttpd.conf", F_OK) == 0)
		look_at_lighttpd(d, program, "/etc/lighttpd/lighttpd.conf");
	programs_free(&running);
}

/* --- Apache --------------------------------------------------------------- */

void
apache_judge(struct doctor *d, const struct apache_facts *f)
{
	if (f->proxy + f->fcgid + f->cgi > 1) {
		doctor_error(d, "Two of pushcgi-proxy.conf, "
				"pushcgi-fcgid.conf and pushcgi-cgi.conf are "
				"enabled, for the same URLs. Keep one, such "
				"as:");
		doctor_remedy(d, "a2disconf %s && systemctl restart apache2",
			      f->proxy && f->fcgid ? "pushcgi-fcgid"
						   : "pushcgi-cgi");
	}
	if (!f->proxy || f->drop_in)
		return;
	doctor_note(d, "A restart of Apache takes 10 s while anybody is held, "
		       "because its threads wait for the programs. To end "
		       "them first:");
	doctor_remedy(d, "mkdir -p /etc/systemd/system/pushcgi@.service.d");
	doctor_remedy(d,
		      "ln -s %s/pushcgi/systemd/apache2-pushcgi.conf "
		      "/etc/systemd/system/pushcgi@.service.d/apache2.conf",
		      PUSHCGI_DATADIR);
	doctor_remedy(d, "systemctl daemon-reload");
}

static bool
file_has(const char *path, const char *words)
{
	char line[1024];
	FILE *file = fopen(path, "re");
	bool found = false;

	while (file != NULL && !found && fgets(line, sizeof(line), file))
		found = line[0] != '#' && strstr(line, words) != NULL;
	if (file != NULL)
		fclose(file);
	return found;
}

/* In a folder of systemd's, in which pushcgi@.service.d may be. */
static bool
has_drop_in(const char *folder)
{
	char pattern[256];
	bool found = false;
	glob_t files;

	snprintf(pattern, sizeof(pattern),
		 "%s/systemd/system/pushcgi@.service.d/*.conf", folder);
	if (glob(pattern, 0, NULL, &files) != 0)
		return false;
	for (size_t i = 0; i < files.gl_pathc && !found; i++)
		found = file_has(files.gl_pathv[i], "PartOf=apache2");
	globfree(&files);
	return found;
}

static bool
is_enabled(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "/etc/apache2/conf-enabled/%s.conf", name);
	return access(path, F_OK) == 0;
}

static void
apache(struct doctor *d)
{
	static const char program[] = "/usr/sbin/apache2";
	struct apache_facts f;

	if (access(program, X_OK) != 0)
		return;
	ask_version(d, "Apache", program, "Apache/");
	f = (struct apache_facts){
	    .proxy = is_enabled("pushcgi-proxy"),
	    .fcgid = is_enabled("pushcgi-fcgid"),
	    .cgi = is_enabled("pushcgi-cgi"),
	    .drop_in = has_drop_in("/etc") || has_drop_in("/usr/lib") ||
		       has_drop_in("/lib") || has_drop_in("/run"),
	};
	apache_judge(d, &f);
}

const struct doctor_check doctor_servers[] = {
    {"libhiredis", hiredis_version},
    {"lighttpd", lighttpd},
    {"Apache", apache},
    {NULL, NULL},
};
