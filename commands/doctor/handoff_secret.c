/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/handoff_secret.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/doctor/handoff.h"
#include "shared/access/secret.h"

static const char SHIPPED[] = PUSHCGI_SYSCONFDIR "/pushcgi/handoff-secret.conf";

/* --- judging -------------------------------------------------------------- */

static void
make_one(struct doctor *d, const char *path)
{
	doctor_remedy(d,
		      "printf 'Define pushcgi_handoff_secret \"%%s\"\\n' "
		      "\"$(push-token --new-secret)\" | install -m 0400 -o "
		      "pushcgi /dev/stdin %s",
		      path);
}

void
handoff_secret_file_judge(struct doctor *d, const char *path, mode_t mode,
			  uid_t uid, uid_t programs)
{
	if ((mode & (S_IRWXG | S_IRWXO)) != 0)
		doctor_error(d,
			     "handoff.secret_file: others than root and the "
			     "programs can read %s, such as scripts of the "
			     "site, and pose as Apache.",
			     path);
	else if (uid != programs)
		doctor_error(
		    d,
		    "handoff.secret_file: the user of the programs, "
		    "pushcgi, cannot read %s, so they refuse everybody "
		    "whom Apache hands off.",
		    path);
	else
		return;
	doctor_remedy(d, "chown pushcgi %s && chmod 0400 %s", path, path);
}

static void
differ(struct doctor *d, const char *file)
{
	doctor_error(d,
		     "Apache shows the secret of %s, and the programs want "
		     "another one: they refuse everybody whom it hands off.",
		     file);
	if (d->conf->handoff_secret[0] == '\0') {
		doctor_remedy(d, "cp -p %s %s", file,
			      d->conf->handoff_secret_file);
		return;
	}
	doctor_note(d, "Instead of handoff.secret write:");
	doctor_paste(d, doctor_settings_file(d), "[handoff]");
	doctor_paste(d, doctor_settings_file(d), "secret_file = %s", file);
}

void
handoff_secret_compare(struct doctor *d, const char *file)
{
	char fault[SECRET_FAULT_SIZE];
	struct secret ours, apache;

	if (!secret_open(&ours, d->conf->handoff_secret,
			 d->conf->handoff_secret_file, fault))
		return;
	if (secret_open(&apache, "", file, fault)) {
		if (ours.count > 0 && !secret_is(&ours, secret_at(&apache, 0)))
			differ(d, file);
		secret_close(&apache);
	}
	secret_close(&ours);
}

/* --- reading -------------------------------------------------------------- */

/* The file may be missing until somebody hands off: push.conf names it as it
 * is shipped. Whoever may not read it is not told. */
static void
look_at(struct doctor *d, const char *path)
{
	const struct passwd *programs = getpwnam("pushcgi");
	char fault[SECRET_FAULT_SIZE];
	struct secret secret;
	struct stat st;

	if (stat(path, &st) != 0 && errno == ENOENT && handoff_is_enabled()) {
		doctor_error(d,
			     "handoff.secret_file: %s does not exist, so the "
			     "programs refuse everybody whom Apache hands off.",
			     path);
		make_one(d, path);
	}
	if (access(path, R_OK) != 0)
		return;
	if (secret_open(&secret, "", path, fault))
		secret_close(&secret);
	else
		doctor_error(d, "handoff.secret_file: %s", fault);
	if (stat(path, &st) == 0 && programs != NULL)
		handoff_secret_file_judge(d, path, st.st_mode & 0777, st.st_uid,
					  programs->pw_uid);
}

static void
secret(struct doctor *d)
{
	const struct conf *c = d->conf;
	char file[CONF_PATH_MAX + 1];

	if (c->handoff_secret[0] == '\0' && c->handoff_secret_file[0] == '\0' &&
	    handoff_is_enabled()) {
		doctor_error(d, "handoff.secret_file is not set, so the "
				"programs refuse everybody whom Apache hands "
				"off.");
		doctor_paste(d, doctor_settings_file(d), "[handoff]");
		doctor_paste(d, doctor_settings_file(d), "secret_file = %s",
			     SHIPPED);
	}
	if (c->handoff_secret[0] == '\0' && c->handoff_secret_file[0] != '\0')
		look_at(d, c->handoff_secret_file);
	if (handoff_define(handoff_apache_file, "pushcgi_handoff_secret_file",
			   file, sizeof(file)))
		handoff_secret_compare(d, file);
}

const struct doctor_check doctor_handoff_secret[] = {
    {"handoff.secret", secret},
    {NULL, NULL},
};
