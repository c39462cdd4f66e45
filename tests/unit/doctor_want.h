/* SPDX-License-Identifier: MIT */
/*
 * doctor_want.h - what checks of push-doctor should find.
 *
 *	want_checked(doctor_settings, "[hold]\nbeat = 90\n");
 *	want_only(FINDING_WARNING, "silent for 90 s");
 *
 * A judging function is tested so:
 *
 *	judge(want_doctor("[bus]\nprefix = a\n"), &reading);
 *	want_found(FINDING_ERROR, "words of the sentence or of its lines");
 */
#ifndef TESTS_UNIT_DOCTOR_WANT_H
#define TESTS_UNIT_DOCTOR_WANT_H

#include "commands/doctor/finding.h"

/* A doctor that has found nothing, with the settings of `text`, which are
 * right, as if they stood in the file "f". Valid until the next call. */
struct doctor *want_doctor(const char *text);

/* Runs `checks` with such a doctor. */
void want_checked(const struct doctor_check *checks, const char *text);

/* There is one with these words in its sentence or lines. */
void want_found(enum finding_level level, const char *words);

/* There is one with these words whose lines belong into `file`. */
void want_file(const char *words, const char *file);

/* No finding of any level has these words. */
void want_not_found(const char *words);

/* The same as want_found(), and no other warning or error. */
void want_only(enum finding_level level, const char *words);

/* There is no warning and no error. */
void want_nothing_wrong(void);

#endif
