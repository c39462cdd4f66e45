/* SPDX-License-Identifier: MIT */
/*
 * skip.h - time that passes when a test says so.
 *
 * A program linked with it has a clock_gettime() of its own, which libev uses
 * too: the system's, and what was skipped.
 */
#ifndef TESTS_UNIT_SKIP_H
#define TESTS_UNIT_SKIP_H

void skip_ms(unsigned int ms);

/* From here on time passes by skip_ms() only (and a microsecond a look, since
 * libev waits for a later one): however busy the machine, nothing is late. */
void skip_only(void);

#endif
