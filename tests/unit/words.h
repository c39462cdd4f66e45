/* SPDX-License-Identifier: MIT */
/*
 * words.h - what is typed, for a parser that takes argc and argv.
 */
#ifndef TESTS_UNIT_WORDS_H
#define TESTS_UNIT_WORDS_H

enum { WORDS_MAX = 80 };

/* Sets argv to the name of a program and `words`, which end with a NULL.
 * Returns argc. */
int words_argv(char *argv[WORDS_MAX], const char *const *words);

#endif
