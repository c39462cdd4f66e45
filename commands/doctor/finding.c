/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/finding.h"

#include <stdarg.h>

void
doctor_run(struct doctor *d, const struct doctor_check *checks)
{
	for (; checks->run != NULL; checks++)
		checks->run(d);
}

static void print_line(struct doctor *d, const char *before, const char *format,
		       va_list args) PRINTF_LIKE(3, 0);

static void
print_line(struct doctor *d, const char *before, const char *format,
	   va_list args)
{
	fputs(before, d->out);
	vfprintf(d->out, format, args);
	fputc('\n', d->out);
}

void
doctor_error(struct doctor *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(d, "error: ", format, args);
	va_end(args);
	d->errors++;
}

void
doctor_warn(struct doctor *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(d, "warning: ", format, args);
	va_end(args);
	d->warnings++;
}

void
doctor_note(struct doctor *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(d, "note: ", format, args);
	va_end(args);
}

void
doctor_remedy(struct doctor *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(d, "\t", format, args);
	va_end(args);
}

static void
count(FILE *out, size_t number, const char *what)
{
	fprintf(out, "%zu %s%s", number, what, number == 1 ? "" : "s");
}

void
doctor_sum_up(const struct doctor *d)
{
	count(d->out, d->errors, "error");
	fputs(", ", d->out);
	count(d->out, d->warnings, "warning");
	fputs(".\n", d->out);
}
