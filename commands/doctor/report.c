/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/report.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "shared/base/xalloc.h"

static const char *const levels[] = {
    [FINDING_OK] = "ok",
    [FINDING_NOTE] = "note",
    [FINDING_WARNING] = "warning",
    [FINDING_ERROR] = "error",
};

/* --- text ----------------------------------------------------------------- */

void
report_text_head(FILE *out, const struct report_head *head)
{
	fprintf(out, "Settings file: %s\nRedis: %s\nUser: %s\n",
		head->file != NULL ? head->file : "none", head->redis,
		head->user);
}

static void
print_lines(FILE *out, const struct finding *f)
{
	const char *line = f->lines, *end;

	if (f->file != NULL && f->owner != NULL)
		fprintf(out, "    In %s (%s):\n", f->file, f->owner);
	else if (f->file != NULL)
		fprintf(out, "    In %s:\n", f->file);
	for (; line != NULL && *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		fprintf(out, "\t%.*s\n", (int)(end - line), line);
	}
}

/* Two that are right follow each other without an empty line. */
static bool
begins_paragraph(const struct finding *all, size_t number)
{
	return number == 0 || all[number].level != FINDING_OK ||
	       all[number - 1].level != FINDING_OK ||
	       all[number].area != all[number - 1].area;
}

void
report_text(FILE *out, const struct doctor *d, size_t *told)
{
	for (; *told < d->count; (*told)++) {
		const struct finding *f = &d->found[*told];

		if (begins_paragraph(d->found, *told))
			fputc('\n', out);
		fprintf(out, "%s: %s\n", levels[f->level], f->sentence);
		print_lines(out, f);
	}
}

static void
count(FILE *out, size_t number, const char *what)
{
	fprintf(out, "%zu %s%s", number, what, number == 1 ? "" : "s");
}

void
report_text_end(FILE *out, const struct doctor *d)
{
	fputc('\n', out);
	count(out, d->levels[FINDING_ERROR], "error");
	fputs(", ", out);
	count(out, d->levels[FINDING_WARNING], "warning");
	fputs(".\n", out);
}

/* --- JSON ----------------------------------------------------------------- */

/* Takes `value`; NULL: out of memory. */
static void
set(json_t *object, const char *name, json_t *value)
{
	if (value == NULL || json_object_set_new(object, name, value) != 0)
		xalloc_failed();
}

/* What is not UTF-8, of a file name or a server, is left out. */
static json_t *
text(const char *value)
{
	json_t *json;

	if (value == NULL)
		return json_null();
	json = json_string(value);
	return json != NULL ? json : json_string("");
}

static json_t *
lines(const struct finding *f)
{
	const char *line = f->lines, *end;
	json_t *array = json_array();

	for (; line != NULL && *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		(void)json_array_append_new(
		    array, json_stringn(line, (size_t)(end - line)));
	}
	return array;
}

static json_t *
finding(const struct finding *f)
{
	json_t *json = json_object();

	set(json, "level", text(levels[f->level]));
	set(json, "area", text(f->area));
	set(json, "sentence", text(f->sentence));
	set(json, "lines", lines(f));
	set(json, "file", text(f->file));
	set(json, "owner", text(f->owner));
	return json;
}

void
report_json(FILE *out, const struct doctor *d, const struct report_head *head)
{
	json_t *json = json_object(), *array = json_array();

	set(json, "version", text(PACKAGE_VERSION));
	set(json, "settings", text(head->file));
	set(json, "redis", text(head->redis));
	set(json, "user", text(head->user));
	set(json, "errors", json_integer((json_int_t)d->levels[FINDING_ERROR]));
	set(json, "warnings",
	    json_integer((json_int_t)d->levels[FINDING_WARNING]));
	for (size_t i = 0; i < d->count; i++)
		if (json_array_append_new(array, finding(&d->found[i])) != 0)
			xalloc_failed();
	set(json, "findings", array);
	json_dumpf(json, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(json);
}
