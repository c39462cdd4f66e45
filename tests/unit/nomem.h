/* SPDX-License-Identifier: MIT */
/*
 * nomem.h - memory running out when a test says so.
 *
 *	for (n = 0;; n++) {
 *		nomem_after(n);
 *		... call the module, keep what it returns, free it ...
 *		if (!nomem_off())
 *			break;		it had all it wanted
 *		... what it returned must be its error ...
 *		nomem_live() must be 0
 *	}
 *
 * Check allocates too, so assert only after nomem_off().
 *
 * A program that uses it is linked with
 *	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=free
 * which reaches every object linked in, but not shared libraries.
 */
#ifndef TESTS_UNIT_NOMEM_H
#define TESTS_UNIT_NOMEM_H

#include <stdbool.h>
#include <stddef.h>

/* From now on `n` allocations succeed and all after them fail. */
void nomem_after(size_t n);

/* Memory is back. True when an allocation was refused since nomem_after(). */
bool nomem_off(void);

/* Blocks allocated between nomem_after() and nomem_off(), and not freed. */
size_t nomem_live(void);

/* Allocations asked for between nomem_after() and nomem_off(). */
size_t nomem_asked(void);

#endif
