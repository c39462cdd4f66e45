/* SPDX-License-Identifier: MIT */
/*
 * main.c - says what is wrong with an installation.
 *
 * Manual: push-doctor(1)
 */
#include "config.h"

#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/doctor/access.h"
#include "commands/doctor/checks.h"
#include "commands/doctor/finding.h"
#include "commands/doctor/options.h"
#include "commands/doctor/report.h"
#include "shared/base/descriptors.h"
#include "shared/base/log.h"
#include "shared/conf/conf_load.h"
#include "shared/conf/conf_print.h"

/* --- the settings --------------------------------------------------------- */

static bool
wrong_setting(void *arg, const char *sentence)
{
	doctor_error(arg, "%s", sentence);
	return true;
}

/* `redis` and `user` are the memory of texts in `head`. */
static void
read_settings(struct doctor *d, struct conf *conf, const char *path,
	      struct report_head *head, char redis[CONF_REDIS_SHOWN],
	      char user[32])
{
	const struct conf_faults faults = {.tell = wrong_setting, .arg = d};
	const struct passwd *entry = getpwuid(geteuid());

	d->area = "settings";
	d->wrong_settings = !conf_load_all(conf, path, &faults);
	conf_show_redis(redis, conf);
	snprintf(user, 32, "%lu", (unsigned long)geteuid());
	*head = (struct report_head){
	    .file = conf->file,
	    .redis = d->wrong_settings ? "unknown, because settings are wrong"
				       : redis,
	    .user = entry != NULL ? entry->pw_name : user,
	};
}

/* --- checks --------------------------------------------------------------- */

static bool
runs(const struct doctor *d, const struct doctor_area *area,
     const struct push_doctor_options *o)
{
	if (d->wrong_settings && !area->with_wrong_settings)
		return false;
	if (o->only != NULL && strcmp(o->only, area->name) != 0)
		return false;
	return o->job == PUSH_DOCTOR_ALL || area->settings_only;
}

/* What each check finds is printed before the next one runs. */
static void
run_checks(struct doctor *d, const struct push_doctor_options *o, size_t *told)
{
	for (size_t i = 0; doctor_areas[i].checks != NULL; i++) {
		const struct doctor_check *check = doctor_areas[i].checks;

		if (!runs(d, &doctor_areas[i], o))
			continue;
		d->area = doctor_areas[i].name;
		for (; check->run != NULL; check++) {
			check->run(d);
			if (o->json)
				continue;
			report_text(stdout, d, told);
			fflush(stdout);
		}
	}
}

static bool
is_area(const char *name)
{
	for (size_t i = 0; doctor_areas[i].checks != NULL; i++)
		if (strcmp(doctor_areas[i].name, name) == 0)
			return true;
	return false;
}

static void
note_root(struct doctor *d, const struct push_doctor_options *o)
{
	if (geteuid() != 0 || o->only != NULL)
		return;
	d->area = "files";
	doctor_note(d, "root may use every file. As the user of the web "
		       "server:");
	doctor_remedy(d, "runuser -u www-data -- push-doctor --check%s%s",
		      o->conf != NULL ? " " : "",
		      o->conf != NULL ? o->conf : "");
}

static void
progress(const char *sentence)
{
	fprintf(stderr, "... %s\n", sentence);
}

static enum push_doctor_exit
check(const struct push_doctor_options *o)
{
	static struct conf conf;
	struct doctor d = {.conf = &conf, .site = &o->site};
	char redis[CONF_REDIS_SHOWN], user[32];
	enum push_doctor_exit status;
	struct report_head head;
	size_t told = 0;

	if (isatty(STDERR_FILENO) == 1)
		d.progress = progress;
	read_settings(&d, &conf, o->conf, &head, redis, user);
	if (!o->json) {
		report_text_head(stdout, &head);
		report_text(stdout, &d, &told);
	}
	if (o->job == PUSH_DOCTOR_ACCESS) {
		d.area = "access";
		access_explain(&d, o->channel);
	} else {
		run_checks(&d, o, &told);
		note_root(&d, o);
	}
	if (o->json) {
		report_json(stdout, &d, &head);
	} else {
		report_text(stdout, &d, &told);
		report_text_end(stdout, &d);
	}
	status =
	    d.levels[FINDING_ERROR] == 0 ? PUSH_DOCTOR_FINE : PUSH_DOCTOR_ERROR;
	doctor_free(&d);
	conf_free(&conf);
	return fflush(stdout) == 0 ? status : PUSH_DOCTOR_ERROR;
}

/* --- all ------------------------------------------------------------------ */

int
main(int argc, char **argv)
{
	struct push_doctor_options options;
	char error[COMMAND_LINE_ERROR_SIZE];

	descriptors_fill_standard();
	signal(SIGPIPE, SIG_IGN);
	if (!push_doctor_parse(&options, argc, argv, error)) {
		fprintf(stderr, "push-doctor: %s %s\n", error,
			push_doctor_hint);
		return PUSH_DOCTOR_USAGE;
	}
	if (options.only != NULL && !is_area(options.only)) {
		fprintf(stderr, "push-doctor: --only: there is no such area. "
				"push-doctor(1) lists them.\n");
		return PUSH_DOCTOR_USAGE;
	}
	log_open("push-doctor", LOG_LEVEL_ERROR, LOG_TO_STDERR);
	switch (options.job) {
	case PUSH_DOCTOR_HELP:
		fputs(push_doctor_help, stdout);
		return PUSH_DOCTOR_FINE;
	case PUSH_DOCTOR_VERSION:
		puts("push-doctor (pushcgi) " PACKAGE_VERSION);
		return PUSH_DOCTOR_FINE;
	default:
		return check(&options);
	}
}
