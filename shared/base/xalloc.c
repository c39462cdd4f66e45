/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/xalloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/log.h"

void
xalloc_failed(void)
{
	log_error("out_of_memory", "");
	_exit(EXIT_FAILURE); /* exit handlers may allocate */
}

static void *
checked(void *at)
{
	if (at == NULL)
		xalloc_failed();
	return at;
}

void *
xmalloc(size_t size)
{
	return checked(malloc(size > 0 ? size : 1));
}

void *
xcalloc(size_t count, size_t size)
{
	return checked(calloc(count, size));
}

void *
xreallocarray(void *at, size_t count, size_t size)
{
	return checked(reallocarray(at, count, size));
}

char *
xstrdup(const char *text)
{
	return checked(strdup(text));
}
