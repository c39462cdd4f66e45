/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/doctor_want.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/doctor/report.h"
#include "shared/conf/conf_load.h"
#include "shared/conf/conf_set.h"
#include "shared/conf/conf_text.h"

static struct conf conf;
static struct doctor doctor;

struct doctor *
want_doctor(const char *text)
{
	char error[CONF_ERROR_SIZE];

	doctor_free(&doctor);
	conf_free(&conf);
	conf_init(&conf);
	ck_assert_msg(conf_read_text(&conf, "f", text, error), "%s", error);
	conf.file = "f";
	doctor = (struct doctor){.conf = &conf, .area = "test"};
	return &doctor;
}

void
want_checked(const struct doctor_check *checks, const char *text)
{
	struct doctor *d = want_doctor(text);

	for (; checks->run != NULL; checks++)
		checks->run(d);
}

static void
complain(const char *why, const char *words)
{
	size_t told = 0;

	report_text(stderr, &doctor, &told);
	ck_abort_msg("%s: \"%s\"", why, words);
}

static bool
has(const struct finding *f, const char *words)
{
	return strstr(f->sentence, words) != NULL ||
	       (f->lines != NULL && strstr(f->lines, words) != NULL);
}

void
want_found(enum finding_level level, const char *words)
{
	for (size_t i = 0; i < doctor.count; i++)
		if (doctor.found[i].level == level &&
		    has(&doctor.found[i], words))
			return;
	complain("not found", words);
}

void
want_file(const char *words, const char *file)
{
	for (size_t i = 0; i < doctor.count; i++)
		if (has(&doctor.found[i], words)) {
			ck_assert_str_eq(doctor.found[i].file, file);
			return;
		}
	complain("not found", words);
}

void
want_not_found(const char *words)
{
	for (size_t i = 0; i < doctor.count; i++)
		if (has(&doctor.found[i], words))
			complain("found", words);
}

void
want_only(enum finding_level level, const char *words)
{
	want_found(level, words);
	if (doctor.levels[FINDING_WARNING] + doctor.levels[FINDING_ERROR] != 1)
		complain("not the only one", words);
}

void
want_nothing_wrong(void)
{
	if (doctor.levels[FINDING_WARNING] + doctor.levels[FINDING_ERROR] != 0)
		complain("something is wrong", "");
}
