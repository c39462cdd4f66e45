/* SPDX-License-Identifier: MIT */
/*
 * methods.h - which methods of HTTP a technique has.
 *
 * Source: RFC 9110, 15.5.6 (405 has an Allow)
 */
#ifndef SHARED_APP_METHODS_H
#define SHARED_APP_METHODS_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/model/problem.h"
#include "shared/technique.h"

/* As the header Allow has them. Static. */
const char *methods_of(const struct technique *t);

/* Is it one that the technique serves? OPTIONS is none. False: `p` is filled.
 */
bool methods_allow(const struct technique *t, const char *method,
		   struct problem *p) MUST_USE;

#endif
