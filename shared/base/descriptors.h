/* SPDX-License-Identifier: MIT */
/*
 * descriptors.h - the standard descriptors of a program.
 */
#ifndef SHARED_BASE_DESCRIPTORS_H
#define SHARED_BASE_DESCRIPTORS_H

/* Opens /dev/null on each of the descriptors 0, 1 and 2 that is closed, so that
 * no socket gets its number. A FastCGI server may start a program without them
 * (FastCGI specification 1.0, section 2.2). */
void descriptors_fill_standard(void);

#endif
