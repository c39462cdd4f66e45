/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/finding.h"

#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shared/base/vec.h"
#include "shared/base/xalloc.h"

static char *formatted(const char *format, va_list args) PRINTF_LIKE(1, 0);
static void add(struct doctor *d, enum finding_level level, const char *format,
		va_list args) PRINTF_LIKE(3, 0);
static void add_line(struct finding *f, const char *format, va_list args)
    PRINTF_LIKE(2, 0);

void
doctor_free(struct doctor *d)
{
	for (size_t i = 0; i < d->count; i++) {
		free(d->found[i].sentence);
		free(d->found[i].lines);
		free(d->found[i].file);
		free(d->found[i].owner);
	}
	free(d->found);
	d->found = NULL;
	d->count = d->room = 0;
}

static char *
formatted(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		xalloc_failed();
	return text;
}

/* --- what is found -------------------------------------------------------- */

static void
add(struct doctor *d, enum finding_level level, const char *format,
    va_list args)
{
	d->found = vec_grow(d->found, d->count, &d->room, sizeof(*d->found));
	d->found[d->count++] = (struct finding){
	    .level = level,
	    .area = d->area != NULL ? d->area : "",
	    .sentence = formatted(format, args),
	};
	d->levels[level]++;
}

void
doctor_error(struct doctor *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(d, FINDING_ERROR, format, args);
	va_end(args);
}

void
doctor_warn(struct doctor *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(d, FINDING_WARNING, format, args);
	va_end(args);
}

void
doctor_note(struct doctor *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(d, FINDING_NOTE, format, args);
	va_end(args);
}

void
doctor_ok(struct doctor *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(d, FINDING_OK, format, args);
	va_end(args);
}

/* --- lines to paste ------------------------------------------------------- */

static void
add_line(struct finding *f, const char *format, va_list args)
{
	char *line = formatted(format, args), *lines;

	if (asprintf(&lines, "%s%s\n", f->lines != NULL ? f->lines : "", line) <
	    0)
		xalloc_failed();
	free(line);
	free(f->lines);
	f->lines = lines;
}

void
doctor_remedy(struct doctor *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_line(&d->found[d->count - 1], format, args);
	va_end(args);
}

/* NULL: there is no such file. */
static char *
owner_of(const char *file)
{
	const struct passwd *user;
	const struct group *group;
	struct stat st;
	char *owner;
	int len;

	if (stat(file, &st) != 0)
		return NULL;
	user = getpwuid(st.st_uid);
	group = getgrgid(st.st_gid);
	if (user != NULL && group != NULL)
		len = asprintf(&owner, "%s:%s", user->pw_name, group->gr_name);
	else
		len = asprintf(&owner, "%lu:%lu", (unsigned long)st.st_uid,
			       (unsigned long)st.st_gid);
	if (len < 0)
		xalloc_failed();
	return owner;
}

void
doctor_paste(struct doctor *d, const char *file, const char *format, ...)
{
	struct finding *f = &d->found[d->count - 1];
	va_list args;

	va_start(args, format);
	add_line(f, format, args);
	va_end(args);
	if (f->file == NULL) {
		f->file = xstrdup(file);
		f->owner = owner_of(file);
	}
}

const char *
doctor_settings_file(const struct doctor *d)
{
	return d->conf->file != NULL ? d->conf->file : "push.conf";
}

/* --- progress ------------------------------------------------------------- */

void
doctor_progress(struct doctor *d, const char *format, ...)
{
	char *sentence;
	va_list args;

	if (d->progress == NULL)
		return;
	va_start(args, format);
	sentence = formatted(format, args);
	va_end(args);
	d->progress(sentence);
	free(sentence);
}
