/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/run.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/doctor/checks.h"
#include "shared/conf/conf_load.h"

static bool
wrong_setting(void *arg, const char *sentence)
{
	doctor_error(arg, "%s", sentence);
	return true;
}

void
run_open(struct run *r, const char *path, const struct site *site)
{
	struct doctor *d = &r->doctor;
	const struct conf_faults faults = {.tell = wrong_setting, .arg = d};
	const struct passwd *entry = getpwuid(geteuid());

	*d =
	    (struct doctor){.conf = &r->conf, .site = site, .area = "settings"};
	d->wrong_settings = !conf_load_all(&r->conf, path, &faults);
	conf_show_redis(r->redis, &r->conf);
	snprintf(r->user, sizeof(r->user), "%lu", (unsigned long)geteuid());
	r->head = (struct report_head){
	    .file = r->conf.file,
	    .redis = d->wrong_settings ? "unknown, because settings are wrong"
				       : r->redis,
	    .user = entry != NULL ? entry->pw_name : r->user,
	};
}

void
run_close(struct run *r)
{
	doctor_free(&r->doctor);
	conf_free(&r->conf);
}

static bool
runs(const struct doctor *d, const struct doctor_area *area, const char *only,
     bool settings_only)
{
	if (d->wrong_settings && !area->with_wrong_settings)
		return false;
	if (only != NULL && strcmp(only, area->name) != 0)
		return false;
	return !settings_only || area->settings_only;
}

void
run_checks(struct run *r, const char *only, bool settings_only,
	   void (*fn)(void *arg), void *arg)
{
	struct doctor *d = &r->doctor;

	for (size_t i = 0; doctor_areas[i].checks != NULL; i++) {
		const struct doctor_check *check = doctor_areas[i].checks;

		if (!runs(d, &doctor_areas[i], only, settings_only))
			continue;
		d->area = doctor_areas[i].name;
		for (; check->run != NULL; check++) {
			check->run(d);
			if (fn != NULL)
				fn(arg);
		}
	}
}

bool
run_is_area(const char *name)
{
	for (size_t i = 0; doctor_areas[i].checks != NULL; i++)
		if (strcmp(doctor_areas[i].name, name) == 0)
			return true;
	return false;
}
