/* SPDX-License-Identifier: MIT */
/*
 * main.c - says what is wrong with an installation.
 *
 * Manual: push-doctor(1)
 */
#include "config.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands/doctor/files.h"
#include "commands/doctor/finding.h"
#include "commands/doctor/options.h"
#include "commands/doctor/settings.h"
#include "shared/base/descriptors.h"
#include "shared/base/xalloc.h"
#include "shared/conf/conf_load.h"
#include "shared/conf/conf_print.h"

/* --- --check -------------------------------------------------------------- */

static bool
wrong_setting(void *arg, const char *sentence)
{
	doctor_error(arg, "%s", sentence);
	return true;
}

/* Reads the settings. What is wrong with them is printed after where they
 * are. */
static bool
read_settings(struct doctor *d, struct conf *conf, const char *path)
{
	const struct conf_faults faults = {.tell = wrong_setting, .arg = d};
	const struct passwd *user = getpwuid(geteuid());
	FILE *out = d->out;
	char redis[CONF_REDIS_SHOWN], *wrong = NULL;
	size_t len;
	bool right;

	d->out = open_memstream(&wrong, &len);
	if (d->out == NULL)
		xalloc_failed();
	right = conf_load_all(conf, path, &faults);
	if (fclose(d->out) != 0)
		xalloc_failed();
	d->out = out;
	conf_show_redis(redis, conf);
	fprintf(out, "Settings file: %s\nRedis: %s\n",
		conf->file != NULL ? conf->file : "none",
		right ? redis : "unknown, because settings are wrong");
	if (user != NULL)
		fprintf(out, "User: %s\n", user->pw_name);
	else
		fprintf(out, "User: %lu\n", (unsigned long)geteuid());
	fputs(wrong, out);
	free(wrong);
	return right;
}

static enum push_doctor_exit
check(const struct push_doctor_options *o)
{
	static struct conf conf;
	struct doctor d = {.conf = &conf, .out = stdout};
	bool right = read_settings(&d, &conf, o->conf);

	doctor_run(&d, doctor_files);
	if (right)
		doctor_run(&d, doctor_settings);
	if (geteuid() == 0) {
		doctor_note(&d, "root may use every file. As the user of the "
				"web server:");
		doctor_remedy(&d,
			      "runuser -u www-data -- push-doctor --check"
			      "%s%s",
			      o->conf != NULL ? " " : "",
			      o->conf != NULL ? o->conf : "");
	}
	doctor_sum_up(&d);
	conf_free(&conf);
	if (fflush(stdout) != 0)
		return PUSH_DOCTOR_ERROR;
	return d.errors == 0 ? PUSH_DOCTOR_FINE : PUSH_DOCTOR_ERROR;
}

/* --- all ------------------------------------------------------------------ */

int
main(int argc, char **argv)
{
	struct push_doctor_options options;
	char error[COMMAND_LINE_ERROR_SIZE];

	descriptors_fill_standard();
	if (!push_doctor_parse(&options, argc, argv, error)) {
		fprintf(stderr, "push-doctor: %s %s\n", error,
			push_doctor_hint);
		return PUSH_DOCTOR_USAGE;
	}
	if (options.job == PUSH_DOCTOR_CHECK)
		return check(&options);
	if (options.job == PUSH_DOCTOR_HELP)
		fputs(push_doctor_help, stdout);
	else
		puts("push-doctor (pushcgi) " PACKAGE_VERSION);
	return PUSH_DOCTOR_FINE;
}
