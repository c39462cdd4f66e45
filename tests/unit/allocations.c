/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/allocations.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIVE_MAX = 1024 };

/* The linker's names. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_reallocarray(void *block, size_t count, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);

/* Addresses are stored as numbers: they are compared after free(). */
static struct {
	bool counting;
	size_t count;
	uintptr_t live[LIVE_MAX];
	size_t live_count;
} allocations;

void
allocations_start(void)
{
	memset(&allocations, 0, sizeof(allocations));
	allocations.counting = true;
}

void
allocations_stop(void)
{
	allocations.counting = false;
}

size_t
allocations_count(void)
{
	return allocations.count;
}

size_t
allocations_live(void)
{
	return allocations.live_count;
}

static void
add(const void *block)
{
	if (!allocations.counting || block == NULL)
		return;
	allocations.count++;
	if (allocations.live_count == LIVE_MAX) {
		fputs("allocations: more blocks than LIVE_MAX\n", stderr);
		abort();
	}
	allocations.live[allocations.live_count++] = (uintptr_t)block;
}

static void
drop(uintptr_t block)
{
	for (size_t i = allocations.live_count; i-- > 0;) {
		if (allocations.live[i] == block) {
			allocations.live[i] =
			    allocations.live[--allocations.live_count];
			return;
		}
	}
}

void *
__wrap_malloc(size_t size)
{
	void *block = __real_malloc(size);

	add(block);
	return block;
}

void *
__wrap_calloc(size_t count, size_t size)
{
	void *block = __real_calloc(count, size);

	add(block);
	return block;
}

void *
__wrap_realloc(void *block, size_t size)
{
	uintptr_t before = (uintptr_t)block;
	void *after = __real_realloc(block, size);

	if (after != NULL)
		drop(before);
	add(after);
	return after;
}

void *
__wrap_reallocarray(void *block, size_t count, size_t size)
{
	uintptr_t before = (uintptr_t)block;
	void *after = __real_reallocarray(block, count, size);

	if (after != NULL)
		drop(before);
	add(after);
	return after;
}

char *
__wrap_strdup(const char *text)
{
	char *copy = __real_strdup(text);

	add(copy);
	return copy;
}

void
__wrap_free(void *block)
{
	drop((uintptr_t)block);
	__real_free(block);
}
