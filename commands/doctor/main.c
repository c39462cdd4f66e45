/* SPDX-License-Identifier: MIT */
/*
 * main.c - says what is wrong with an installation.
 *
 * Manual: push-doctor(1)
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/doctor/access.h"
#include "commands/doctor/finding.h"
#include "commands/doctor/kick.h"
#include "commands/doctor/options.h"
#include "commands/doctor/report.h"
#include "commands/doctor/run.h"
#include "shared/base/descriptors.h"
#include "shared/base/log.h"

/* --- checks --------------------------------------------------------------- */

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

struct printing {
	struct run *run;
	size_t told; /* findings */
};

/* What a check finds is printed before the next one runs. */
static void
print_found(void *arg)
{
	struct printing *p = arg;

	report_text(stdout, &p->run->doctor, &p->told);
	fflush(stdout);
}

static void
look(struct run *r, const struct push_doctor_options *o,
     struct printing *printing)
{
	struct doctor *d = &r->doctor;

	if (o->job == PUSH_DOCTOR_ACCESS) {
		d->area = "access";
		access_explain(d, o->channel);
		return;
	}
	run_checks(r, o->only, o->job != PUSH_DOCTOR_ALL,
		   o->json ? NULL : print_found, printing);
	note_root(d, o);
}

static enum push_doctor_exit
check(const struct push_doctor_options *o)
{
	static struct run run;
	struct printing printing = {.run = &run};
	size_t errors;

	run_open(&run, o->conf, &o->site);
	if (isatty(STDERR_FILENO) == 1)
		run.doctor.progress = progress;
	if (!o->json) {
		report_text_head(stdout, &run.head);
		print_found(&printing);
	}
	look(&run, o, &printing);
	if (o->json) {
		report_json(stdout, &run.doctor, &run.head);
	} else {
		print_found(&printing);
		report_text_end(stdout, &run.doctor);
	}
	errors = run.doctor.levels[FINDING_ERROR];
	run_close(&run);
	return errors == 0 && fflush(stdout) == 0 ? PUSH_DOCTOR_FINE
						  : PUSH_DOCTOR_ERROR;
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
	if (options.only != NULL && !run_is_area(options.only)) {
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
	case PUSH_DOCTOR_KICK:
		return push_doctor_kick(&options);
	default:
		return check(&options);
	}
}
