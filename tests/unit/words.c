/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/words.h"

#include <stddef.h>
#include <stdint.h>

#include "tests/unit/suite.h"

int
words_argv(char *argv[WORDS_MAX], const char *const *words)
{
	static char name[] = "program";
	int argc = 0;

	argv[argc++] = name;
	for (; *words != NULL; words++) {
		ck_assert_int_lt(argc, WORDS_MAX - 1);
		argv[argc++] = (char *)(uintptr_t)*words;
	}
	argv[argc] = NULL;
	return argc;
}
