/* SPDX-License-Identifier: MIT */
/*
 * nomem.c - the linker sends allocations here; see nomem.h.
 */
#include "config.h"

#include "tests/unit/nomem.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIVE_MAX = 1024 };

/* The linker's names. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *rcbuf, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *rcbuf);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *rcbuf, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *rcbuf);

/* Blocks are kept as numbers: they are compared after they were freed. */
static struct {
	bool on;
	size_t left;
	size_t asked;
	size_t refused;
	uintptr_t live[LIVE_MAX];
	size_t live_count;
} nomem;

void
nomem_after(size_t n)
{
	nomem.left = n;
	nomem.asked = 0;
	nomem.refused = 0;
	nomem.live_count = 0;
	nomem.on = true;
}

bool
nomem_off(void)
{
	nomem.on = false;
	return nomem.refused > 0;
}

size_t
nomem_live(void)
{
	return nomem.live_count;
}

size_t
nomem_asked(void)
{
	return nomem.asked;
}

static bool
refuse(void)
{
	if (!nomem.on)
		return false;
	nomem.asked++;
	if (nomem.left > 0) {
		nomem.left--;
		return false;
	}
	nomem.refused++;
	errno = ENOMEM;
	return true;
}

static void
remember(uintptr_t rcbuf)
{
	if (!nomem.on || rcbuf == 0)
		return;
	if (nomem.live_count == LIVE_MAX) {
		fputs("nomem: more blocks than LIVE_MAX\n", stderr);
		abort();
	}
	nomem.live[nomem.live_count++] = rcbuf;
}

static void
forget(uintptr_t rcbuf)
{
	for (size_t i = nomem.live_count; i-- > 0;) {
		if (nomem.live[i] == rcbuf) {
			nomem.live[i] = nomem.live[--nomem.live_count];
			return;
		}
	}
}

void *
__wrap_malloc(size_t size)
{
	void *rcbuf = refuse() ? NULL : __real_malloc(size);

	remember((uintptr_t)rcbuf);
	return rcbuf;
}

void *
__wrap_calloc(size_t count, size_t size)
{
	void *rcbuf = refuse() ? NULL : __real_calloc(count, size);

	remember((uintptr_t)rcbuf);
	return rcbuf;
}

void *
__wrap_realloc(void *rcbuf, size_t size)
{
	uintptr_t before = (uintptr_t)rcbuf;
	void *after;

	if (refuse())
		return NULL;
	after = __real_realloc(rcbuf, size);
	if (after != NULL) {
		forget(before);
		remember((uintptr_t)after);
	}
	return after;
}

char *
__wrap_strdup(const char *text)
{
	char *copy = refuse() ? NULL : __real_strdup(text);

	remember((uintptr_t)copy);
	return copy;
}

void
__wrap_free(void *rcbuf)
{
	forget((uintptr_t)rcbuf);
	__real_free(rcbuf);
}
