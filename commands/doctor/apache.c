/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/apache.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/doctor/versions.h"

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
	if (f->module != NULL) {
		doctor_error(d,
			     "Apache has no %s, which %s needs: it will not "
			     "start again.",
			     f->module, f->module_of);
		doctor_remedy(d, "a2enmod %s && systemctl restart apache2",
			      f->module);
	}
	if (f->handoff && f->info) {
		doctor_warn(d, "mod_info shows the secret of the hand-off to "
			       "whoever may read /server-info.");
		doctor_remedy(d, "a2dismod info && systemctl restart apache2");
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

bool
apache_is_enabled(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "/etc/apache2/conf-enabled/%s.conf", name);
	return access(path, F_OK) == 0;
}

static bool
has_module(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "/etc/apache2/mods-enabled/%s.load", name);
	return access(path, F_OK) == 0;
}

/* The first module that is missing. */
static void
find_module(struct apache_facts *f)
{
	static const struct {
		const char *conf, *module, *other; /* either is enough */
	} needs[] = {
	    {"pushcgi-proxy", "proxy_fcgi", NULL},
	    {"pushcgi-fcgid", "fcgid", NULL},
	    {"pushcgi-cgi", "cgi", "cgid"},
	    {"pushcgi-websocket", "proxy_http", NULL},
	    {"pushcgi-websocket", "headers", NULL},
	    {"pushcgi-handoff", "proxy_fdpass", NULL},
	    {"pushcgi-handoff", "authnz_fcgi", NULL},
	    {"pushcgi-handoff", "authn_core", NULL},
	    {"pushcgi-handoff", "authz_core", NULL},
	    {"pushcgi-handoff", "setenvif", NULL},
	    {"pushcgi-handoff", "headers", NULL},
	};

	for (size_t i = 0; i < sizeof(needs) / sizeof(*needs); i++)
		if (f->module == NULL && apache_is_enabled(needs[i].conf) &&
		    !has_module(needs[i].module) &&
		    (needs[i].other == NULL || !has_module(needs[i].other))) {
			f->module = needs[i].module;
			f->module_of = needs[i].conf;
		}
}

static void
apache(struct doctor *d)
{
	static const char program[] = "/usr/sbin/apache2";
	struct apache_facts f;

	if (access(program, X_OK) != 0)
		return;
	version_ask(d, "Apache", program, "Apache/");
	f = (struct apache_facts){
	    .proxy = apache_is_enabled("pushcgi-proxy"),
	    .fcgid = apache_is_enabled("pushcgi-fcgid"),
	    .cgi = apache_is_enabled("pushcgi-cgi"),
	    .handoff = apache_is_enabled("pushcgi-handoff"),
	    .info = has_module("info"),
	    .drop_in = has_drop_in("/etc") || has_drop_in("/usr/lib") ||
		       has_drop_in("/lib") || has_drop_in("/run"),
	};
	find_module(&f);
	apache_judge(d, &f);
}

const struct doctor_check doctor_apache[] = {
    {"Apache", apache},
    {NULL, NULL},
};
